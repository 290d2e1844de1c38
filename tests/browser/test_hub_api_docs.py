"""*Documentação da API*: Swagger UI draws the hub's own document, with nothing from elsewhere."""

from hub_process import HubProcess
from playwright.sync_api import Route
from visitor import Visitor

# What stands at the document's address, so that this test is about the page alone.
_DOCUMENT = """
openapi: 3.1.0
info: {title: Plugg.to, version: "1", description: "Hub de testes"}
paths:
  /skus/{sku}:
    put:
      summary: Cria ou altera um produto
      parameters: [{name: sku, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: O produto}}
"""


def test_the_document_is_drawn_without_a_log_in(hub: HubProcess, visitor: Visitor) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=_DOCUMENT, content_type="application/yaml")

    visitor.page.route("**/openapi.yaml", answer)
    visitor.open(f"{hub.base_url}/docs")
    visitor.page.get_by_role("button", name="Expand operation").click()
    visitor.reads("Cria ou altera um produto")
    visitor.page.get_by_role("button", name="Cria ou altera").click()
    visitor.reads("Parameters")
    visitor.look("hub-api-docs")
    visitor.press("Voltar ao painel")
    visitor.reads("Acesse sua conta")
