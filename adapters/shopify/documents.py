"""The documents that are sent to the Admin API of Shopify, version 2026-10."""

from typing import Final

VERSION: Final = "2026-10"
MAX_REFUNDS: Final = 150
"""Of one order. With more, a look-up cannot prove that a refund was not made."""
REFUNDS_OF_PAGE: Final = 20
ORDERS_OF_PAGE: Final = 25

_TRANSACTION: Final = """
fragment Paid on OrderTransaction {
  id kind status gateway createdAt processedAt errorCode manualPaymentGateway
  amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  parentTransaction { id }
}
"""
_REFUND: Final = """
fragment PaidBack on Refund {
  id note createdAt order { id }
  transactions(first: 10) { nodes { ...Paid } }
}
"""

ORDER: Final = f"""
query RefundsOfOrder($id: ID!) {{
  order(id: $id) {{
    id currencyCode presentmentCurrencyCode
    disputes {{ initiatedAs status }}
    refunds(first: {MAX_REFUNDS}) {{ id note }}
    transactions(first: 60) {{ ...Paid }}
  }}
}}
{_TRANSACTION}"""

REFUNDS: Final = f"""
query RefundsById($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on Refund {{ ...PaidBack }} }}
}}
{_REFUND}{_TRANSACTION}"""

CREATE: Final = f"""
mutation PayBack($input: RefundInput!, $key: String!) {{
  refundCreate(input: $input) @idempotent(key: $key) {{
    refund {{ ...PaidBack }}
    userErrors {{ field message }}
  }}
}}
{_REFUND}{_TRANSACTION}"""

PROCESS: Final = f"""
mutation PayBackForReturn($input: ReturnProcessInput!) {{
  returnProcess(input: $input) {{
    return {{ id refunds(first: {REFUNDS_OF_PAGE}, reverse: true) {{ nodes {{ ...PaidBack }} }} }}
    userErrors {{ code field message }}
  }}
}}
{_REFUND}{_TRANSACTION}"""

OF_RETURN: Final = f"""
query RefundsOfReturn($id: ID!) {{
  return(id: $id) {{ id refunds(first: {REFUNDS_OF_PAGE}, reverse: true) {{ nodes {{ ...PaidBack }} }} }}
}}
{_REFUND}{_TRANSACTION}"""

CHANGED: Final = f"""
query ChangedOrders($query: String!, $after: String) {{
  orders(first: {ORDERS_OF_PAGE}, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ id refunds(first: {REFUNDS_OF_PAGE}) {{ id note }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

SHOP: Final = """
query ShopAndScopes {
  shop { name myshopifyDomain currencyCode }
  currentAppInstallation { accessScopes { handle } }
}
"""
