"""The pages people see: log-in with consent, what went wrong with a request, where a parcel is.

Everything that comes from a request or an app is escaped. The pages may not be framed, load
nothing, and are not kept by the browser, because they take a password.
"""

from collections.abc import Mapping
from html import escape

from ponte_sandbox.common.asgi import Answer

_HTML = b"text/html; charset=utf-8"
_GUARDS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;margin:0;background:#f3f5f8;color:#182433}
main{max-width:24rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #d5dbe3;
border-radius:.5rem}
h1{font-size:1.25rem;margin:0 0 1rem}
label{display:block;margin:.75rem 0 .25rem}
input[type=text],input[type=password]{width:100%;box-sizing:border-box;padding:.6rem;
border:1px solid #8a97a8;border-radius:.25rem;font:inherit}
button{width:100%;margin-top:1rem;padding:.7rem;border:1px solid #0b5d3b;border-radius:.25rem;
font:inherit;font-weight:600;background:#0b5d3b;color:#fff}
button[value=deny]{background:#fff;color:#182433;border-color:#8a97a8}
.error{padding:.6rem;background:#fdecea;color:#8c1d18;border-radius:.25rem}
"""

_SCOPES = {
    "products:read": "ler os produtos, preços e estoques",
    "orders:write": "incluir pedidos e acompanhar nota fiscal e entrega",
}


def login_page(
    client_name: str, scopes: list[str], fields: Mapping[str, str], problem: str = ""
) -> Answer:
    """Log-in and consent on one page; 401 when it says what was wrong with the log-in."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    wishes = "".join(f"<li>{escape(_SCOPES.get(scope, scope))}</li>" for scope in scopes)
    error = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    body = f"""<h1>Acesse sua loja</h1>{error}
<p><strong>{escape(client_name)}</strong> pede autorização para:</p><ul>{wishes}</ul>
<form method="post" action="/oauth/authorize">{hidden}
<label for="username">Usuário ou e-mail</label>
<input id="username" name="username" type="text" autocomplete="username" autofocus>
<label for="password">Senha</label>
<input id="password" name="password" type="password" autocomplete="current-password">
<button type="submit" name="decision" value="allow">AVANÇAR</button>
<button type="submit" name="decision" value="deny">Não autorizar</button>
</form>"""
    return _page("Acesse sua loja", body, 401 if problem else 200)


def refusal_page(reason: str) -> Answer:
    """A request that cannot be answered to the app, so the person is told (400)."""
    body = f"""<h1>Não foi possível continuar</h1><p class="error" role="alert">{escape(reason)}</p>
<p>Volte ao aplicativo e tente de novo. Se o erro continuar, avise quem o desenvolve.</p>"""
    return _page("Não foi possível continuar", body, 400)


def tracking_page(code: str) -> Answer:
    """Where a tracking link of this store leads."""
    return _page("Rastreio", f"<h1>Rastreio</h1><p>{escape(code)}: objeto postado.</p>", 200)


def product_page(product: str) -> Answer:
    """Where a product's link leads; several shops share the address, so it shows no more."""
    return _page("Produto", f"<h1>Produto {escape(product)}</h1><p>Loja de testes.</p>", 200)


def _page(title: str, body: str, status: int) -> Answer:
    html = f"""<!doctype html><html lang="pt-BR"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"""
    return Answer(html.encode(errors="replace"), status, _HTML, _GUARDS)
