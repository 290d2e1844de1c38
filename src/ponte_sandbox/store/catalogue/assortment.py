"""What a Brazilian shop sells: kinds of goods with their NCM, brands, sizes and prices.

Plain tables, so that a merchant's eye finds nothing odd: NCM codes are those the goods really have
(Tabela TIPI), and variations are along what such goods vary in. Brands are invented.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """What the members of a family differ in: code, label, and (code, label) of each value."""

    code: str
    label: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kind:
    """A kind of goods. Prices in whole reais, sizes in cm, weights in grams, all from-to."""

    path: str
    # Begins the SKU.
    prefix: str
    ncm: str
    nouns: tuple[str, ...]
    qualities: tuple[str, ...]
    brands: tuple[str, ...]
    axes: tuple[Axis, ...]
    price: tuple[int, int]
    size: tuple[int, int]
    weight: tuple[int, int]
    warranty_months: int


def _same(*labels: str) -> tuple[tuple[str, str], ...]:
    """Values whose code is the label itself."""
    return tuple((label, label) for label in labels)


COLOUR = Axis("cor", "Cor", (
    ("AZ", "Azul"), ("PT", "Preto"), ("BR", "Branco"), ("VM", "Vermelho"), ("VD", "Verde"),
    ("AM", "Amarelo"), ("RS", "Rosa"), ("CZ", "Cinza"), ("MR", "Marrom"), ("BG", "Bege"),
))  # fmt: skip
SIZE = Axis("tamanho", "Tamanho", _same("PP", "P", "M", "G", "GG", "XG"))
CHILD_SIZE = Axis("tamanho", "Tamanho", _same("2", "4", "6", "8", "10", "12", "14"))
SHOE = Axis("numero", "Número", _same("34", "35", "36", "37", "38", "39", "40", "41", "42", "43"))
VOLTAGE = Axis("voltagem", "Voltagem", (("110", "110V"), ("220", "220V")))
BED = Axis("medida", "Medida", (
    ("SOL", "Solteiro"), ("CAS", "Casal"), ("QUE", "Queen"), ("KIN", "King"),
))  # fmt: skip
VOLUME = Axis("volume", "Volume", (
    ("30", "30 ml"), ("50", "50 ml"), ("100", "100 ml"), ("200", "200 ml"), ("400", "400 ml"),
))  # fmt: skip
SHADE = Axis("tom", "Tom", (
    ("N10", "Nude 10"), ("N20", "Nude 20"), ("R30", "Rosé 30"), ("V40", "Vinho 40"),
    ("C50", "Coral 50"), ("T60", "Terracota 60"),
))  # fmt: skip
CAPACITY = Axis("capacidade", "Capacidade", (
    ("64", "64 GB"), ("128", "128 GB"), ("256", "256 GB"), ("512", "512 GB"), ("1T", "1 TB"),
))  # fmt: skip
FLAVOUR = Axis("sabor", "Sabor", (
    ("BAU", "Baunilha"), ("CHO", "Chocolate"), ("MOR", "Morango"), ("COO", "Cookies"),
))  # fmt: skip

_FASHION = ("Maré Alta", "Sertão", "Ipanema Sul", "Linha d'Água", "Jacarandá")
_SHOES = ("Passo Firme", "Caiçara", "Trilha Boa", "Pé na Areia")
_APPLIANCES = ("Eletromar", "Voltabrás", "Cruzeiro Lar", "Iguaçu Eletro")
_HOME = ("Casa Ipê", "Tecelagem Mineira", "Lar Gaúcho", "Manacá")
_BEAUTY = ("Flor de Açaí", "Buriti", "Andiroba & Cia", "Bela Orla")
_TOYS = ("Pipa & Pião", "Ciranda", "Curumim", "Bola de Meia")
_COMPUTERS = ("Nortek", "Byte Sul", "Cerrado Tech", "PlanaltoTec")
_SPORTS = ("Várzea", "Arena Norte", "Fôlego", "Onda Livre")

KINDS = (
    Kind("Moda > Masculino > Camisetas", "CAM", "61091000", ("Camiseta", "Camiseta Básica",
         "Camiseta Polo"), ("de Algodão", "Slim Fit", "Estampada", "Gola V"), _FASHION,
         (COLOUR, SIZE), (29, 129), (20, 32), (150, 320), 1),
    Kind("Moda > Masculino > Calças", "CLC", "62034200", ("Calça Jeans", "Calça Chino",
         "Calça Cargo"), ("Reta", "Skinny", "com Elastano", "Sarja"), _FASHION, (COLOUR, SIZE),
         (89, 299), (25, 40), (450, 800), 1),
    Kind("Moda > Feminino > Vestidos", "VES", "62044300", ("Vestido Longo", "Vestido Midi",
         "Vestido Curto"), ("Floral", "de Viscose", "Canelado", "com Alça"), _FASHION,
         (COLOUR, SIZE), (69, 349), (25, 40), (200, 500), 1),
    Kind("Moda > Feminino > Blusas", "BLU", "61061000", ("Blusa", "Regata", "Cropped"),
         ("de Malha", "Manga Longa", "Ciganinha", "Básica"), _FASHION, (COLOUR, SIZE), (29, 149),
         (20, 30), (120, 300), 1),
    Kind("Moda > Infantil > Conjuntos", "INF", "61112000", ("Conjunto Infantil", "Pijama Infantil",
         "Macacão"), ("Dinossauro", "Florzinha", "Listrado", "Safári"), _FASHION,
         (COLOUR, CHILD_SIZE), (39, 159), (18, 28), (150, 350), 1),
    Kind("Calçados > Masculino > Tênis", "TEN", "64041100", ("Tênis", "Tênis de Corrida",
         "Sapatênis"), ("Leve", "Amortecedor", "Casual", "Trilha"), _SHOES, (SHOE, COLOUR),
         (99, 599), (30, 36), (600, 1100), 3),
    Kind("Calçados > Feminino > Sandálias", "SAN", "64029990", ("Sandália", "Rasteirinha",
         "Tamanco"), ("Salto Bloco", "Anabela", "com Tiras", "Papete"), _SHOES, (SHOE, COLOUR),
         (49, 249), (26, 34), (300, 700), 3),
    Kind("Eletrodomésticos > Cozinha > Liquidificadores", "LIQ", "85094010", ("Liquidificador",
         "Liquidificador Turbo"), ("900 W", "1200 W", "12 Velocidades", "com Filtro"), _APPLIANCES,
         (VOLTAGE, COLOUR), (99, 349), (22, 40), (1800, 3500), 12),
    Kind("Eletrodomésticos > Cozinha > Fritadeiras", "FRI", "85166000", ("Fritadeira sem Óleo",
         "Fritadeira Elétrica"), ("4 L", "5,5 L", "Digital", "Família"), _APPLIANCES,
         (VOLTAGE,), (249, 899), (28, 42), (4000, 7500), 12),
    Kind("Eletrodomésticos > Limpeza > Aspiradores", "ASP", "85081100", ("Aspirador de Pó",
         "Aspirador Vertical"), ("1400 W", "2 em 1", "Ciclone", "Portátil"), _APPLIANCES,
         (VOLTAGE,), (149, 799), (25, 60), (2500, 6000), 12),
    Kind("Eletrodomésticos > Ventilação > Ventiladores", "VEN", "84145110", ("Ventilador de Mesa",
         "Ventilador de Coluna"), ("40 cm", "50 cm", "6 Pás", "Silencioso"), _APPLIANCES,
         (VOLTAGE, COLOUR), (119, 399), (30, 60), (2500, 5500), 12),
    Kind("Casa > Cama > Jogos de Lençol", "LEN", "63022100", ("Jogo de Lençol", "Jogo de Cama"),
         ("200 Fios", "Percal", "Micropercal", "Algodão"), _HOME, (BED, COLOUR), (79, 399),
         (30, 42), (900, 2200), 3),
    Kind("Casa > Banho > Toalhas", "TOA", "63026000", ("Toalha de Banho", "Jogo de Toalhas"),
         ("Felpuda", "Gigante", "Fio Penteado", "5 Peças"), _HOME, (COLOUR,), (29, 199), (25, 40),
         (400, 1800), 3),
    Kind("Casa > Cozinha > Panelas", "PAN", "76151000", ("Jogo de Panelas", "Frigideira",
         "Panela de Pressão"), ("Antiaderente", "Cerâmica", "Indução", "5 Peças"), _HOME,
         (COLOUR,), (59, 599), (25, 55), (900, 6000), 12),
    Kind("Casa > Decoração > Luminárias", "LUM", "94052100", ("Luminária de Mesa", "Abajur",
         "Pendente"), ("Industrial", "Retrô", "de Madeira", "Articulada"), _HOME,
         (VOLTAGE, COLOUR), (49, 399), (20, 50), (500, 2500), 6),
    Kind("Beleza > Perfumaria > Perfumes", "PER", "33030010", ("Perfume", "Colônia", "Body Splash"),
         ("Flor do Campo", "Amadeirado", "Cítrico", "Intenso"), _BEAUTY, (VOLUME,), (39, 399),
         (8, 18), (120, 600), 0),
    Kind("Beleza > Maquiagem > Batons", "BAT", "33041000", ("Batom", "Gloss Labial"),
         ("Matte", "Cremoso", "Líquido", "Hidratante"), _BEAUTY, (SHADE,), (15, 89), (5, 12),
         (20, 80), 0),
    Kind("Beleza > Cabelos > Shampoos", "SHA", "33051000", ("Shampoo", "Shampoo e Condicionador"),
         ("de Babosa", "Reparador", "sem Sal", "Cachos"), _BEAUTY, (VOLUME,), (19, 119), (8, 24),
         (150, 900), 0),
    Kind("Brinquedos > Educativos > Blocos", "BLO", "95030060", ("Blocos de Montar",
         "Quebra-Cabeça", "Jogo da Memória"), ("100 Peças", "Fazendinha", "Cidade", "Alfabeto"),
         _TOYS, (COLOUR,), (29, 249), (18, 45), (300, 2000), 3),
    Kind("Brinquedos > Bonecas > Bonecas", "BON", "95030021", ("Boneca", "Boneca Bebê"),
         ("que Fala", "de Pano", "com Acessórios", "Bailarina"), _TOYS, (COLOUR,), (39, 299),
         (20, 45), (300, 1500), 3),
    Kind("Informática > Armazenamento > SSD", "SSD", "84717012", ("SSD", "SSD Externo"),
         ("SATA", "NVMe", "Gamer", "Compacto"), _COMPUTERS, (CAPACITY,), (149, 1299), (8, 16),
         (50, 250), 12),
    Kind("Informática > Periféricos > Mouses", "MOU", "84716053", ("Mouse sem Fio", "Mouse Gamer"),
         ("Ergonômico", "RGB", "Silencioso", "12000 DPI"), _COMPUTERS, (COLOUR,), (29, 399),
         (10, 20), (90, 350), 12),
    Kind("Informática > Periféricos > Teclados", "TEC", "84716052", ("Teclado Mecânico",
         "Teclado sem Fio"), ("ABNT2", "Compacto", "RGB", "Numérico"), _COMPUTERS, (COLOUR,),
         (59, 699), (30, 48), (500, 1300), 12),
    Kind("Esporte > Suplementos > Whey", "WHE", "21061000", ("Whey Protein", "Whey Isolado"),
         ("900 g", "1,8 kg", "Refil", "Concentrado"), _SPORTS, (FLAVOUR,), (79, 349), (18, 32),
         (900, 2100), 0),
    Kind("Esporte > Camping > Mochilas", "MOC", "42029200", ("Mochila", "Mochila Cargueira"),
         ("30 L", "50 L", "Impermeável", "Escolar"), _SPORTS, (COLOUR,), (79, 499), (30, 60),
         (500, 1800), 6),
)  # fmt: skip
