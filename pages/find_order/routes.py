"""`/find/{merchant}` and `/f/{token}`: the search, its answer that says nothing, and the link that works once."""

from aiohttp import web

from pages.web.brands import branded
from pages.web.dead_links import dead_link
from pages.web.rendering import redirect, render
from pages.web.routes import page
from pages.web.visit import Visit
from services.orders.lookup import DeadOneTimeLink, WantedOrder
from services.tokens import ONE_TIME_MINUTES


@page("GET", "/find/{merchant}")
async def get_search_form(visit: Visit) -> web.StreamResponse:
    """The form: the order's number, and an e-mail address or a postcode."""
    return render(
        await _of_shop(visit), "find_order/form.html", typed={"number": "", "proof": ""}, missing=[]
    )


@page("POST", "/find/{merchant}", limit=4096)
async def send_search(visit: Visit) -> web.StreamResponse:
    """Look for the order; the answer is the same for every guess."""
    visit = await _of_shop(visit)
    number, proof = visit.form.text("number", 64), visit.form.text("proof", 254)
    missing = [name for name, text in (("number", number), ("proof", proof)) if not text]
    if missing:
        typed = {"number": number, "proof": proof}
        return render(visit, "find_order/form.html", status=422, typed=typed, missing=missing)
    wanted = WantedOrder(visit.path["merchant"], number, proof)
    limiter, lookup = visit.services.operations.rate_limiter, visit.services.orders.lookup
    limiter.consume(visit.request, "lookups", limiter.network(visit.request))
    limiter.consume(visit.request, "lookups_of_order", lookup.owner(wanted))
    await lookup.request(wanted)
    return redirect(f"{visit.request.path}/sent")


@page("GET", "/find/{merchant}/sent")
async def get_search_answer(visit: Visit) -> web.StreamResponse:
    """What happens now, whether there is such an order or not."""
    return render(await _of_shop(visit), "find_order/sent.html", minutes=ONE_TIME_MINUTES)


@page("GET", "/f/{token}")
async def get_one_time_link(visit: Visit) -> web.StreamResponse:
    """A button that opens the order. Opening this page uses nothing: programs open the links of every mail."""
    found = await visit.services.orders.lookup.find(visit.path["token"])
    if isinstance(found, DeadOneTimeLink):
        return await dead_link(visit, found.why, found.merchant)
    return render(await branded(visit, found.merchant), "find_order/open.html", minutes=ONE_TIME_MINUTES)


@page("POST", "/f/{token}", limit=4096)
async def use_one_time_link(visit: Visit) -> web.StreamResponse:
    """Open the order, once."""
    found = await visit.services.orders.lookup.use(visit.path["token"])
    if isinstance(found, DeadOneTimeLink):
        return await dead_link(visit, found.why, found.merchant)
    return redirect(f"/o/{found[0]}")


async def _of_shop(visit: Visit) -> Visit:
    """Raises Problem for a shop that does not exist."""
    return await branded(visit, visit.path["merchant"])
