"""What each assumption decides, for people: the switches' own words are for developers' tables."""

from ponte_ui.language import mark

TEXTS = {
    "users_resource": mark("GET /users responde id, nome e e-mail da conta, ou 404."),
    "not_updated_status": mark(
        "Status HTTP da resposta not_updated (“Changes not found in the order”)."
    ),
    "missing_status": mark("Status HTTP para um produto ou pedido que não existe."),
    "validation_status": mark("Status HTTP para campos inválidos (tipo validation)."),
    "invalid_grant_status": mark(
        "Status HTTP para senha, código ou refresh token errado (invalid_grant)."
    ),
    "invalid_client_status": mark(
        "Status HTTP para client id ou client secret errado (invalid_client)."
    ),
    "repeated_status": mark(
        "PUT de um pedido com o status que ele já tem e outras mudanças: as mudanças valem, ou "
        "tudo é not_updated."
    ),
    "variations": mark("Uma variação que não veio na lista enviada fica, ou sai."),
    "delivered_status": mark("Se um app pode pôr o status delivered (entregue)."),
    "shipped_status": mark("Se um app pode pôr o status shipped (despachado)."),
    "null_clears": mark("Um campo de produto enviado como null é esvaziado, ou ignorado."),
    "rate_limit_answer": mark("O que responde a chamada que passa do limite por minuto."),
    "expired_token_status": mark("Status HTTP para um access token vencido ou desconhecido."),
    "external_shape": mark(
        "O external de um pedido: o texto, ou um objeto com o client id do app por chave."
    ),
    "numbers": mark("Valores nos pedidos: números do JSON, ou textos."),
    "status_history": mark("Se os pedidos trazem o histórico de status."),
    "answer_body": mark("Uma gravação responde o produto ou pedido inteiro, ou só o id."),
    "list_totals": mark("Se as listas trazem total e showing."),
    "list_next": mark(
        "O next de uma lista: só enquanto pode haver mais, ou o id do último item em toda página."
    ),
    "list_order": mark("Por onde começa uma lista pedida sem sort e sem order."),
    "window_days": mark(
        "De quem são os dias e horas das janelas created e modified que não dizem o fuso."
    ),
    "created_status": mark("Status HTTP de POST /products e POST /orders."),
    "existing_sku": mark("POST /products com o SKU de um produto que já existe."),
    "variation_put": mark(
        "PUT /skus/{sku} com o SKU de uma variação muda essa variação, ou é recusado."
    ),
    "variation_delete": mark(
        "DELETE /skus/{sku} com o SKU de uma variação remove a variação, ou o produto inteiro."
    ),
    "stock_below_zero": mark("Baixar mais estoque do que há: é recusado, ou não sobra nada."),
    "new_available": mark("Se um produto fica disponível até que se diga o contrário."),
    "unchanged_put": mark(
        "PUT de produto que não muda nada deixa modified como está e não avisa ninguém, ou faz os "
        "dois."
    ),
    "own_changes": mark("Se um app é avisado do que ele mesmo mudou."),
    "shipping_items": mark(
        "Se o que as entregas contêm precisa ter sido pedido, naquela quantidade."
    ),
    "reserved_until": mark(
        "Com que status termina a reserva de um pedido: na entrega informada, despachado ou "
        "entregue; ou já no faturado."
    ),
    "reserved_goods": mark(
        "O que termina com a reserva do que foi enviado: só reserved baixa, porque a loja conta "
        "quantity; ou quantity baixa também."
    ),
    "users_shape": mark(
        "GET /users responde os campos da conta, ou {“User”: {…}} como os outros recursos."
    ),
}
