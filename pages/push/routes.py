"""`/o/{token}/device`: this browser takes messages about the customer's orders, or none does any more."""

from typing import Final

from aiohttp import web

from api.http.problems import Problem
from pages.web.linked import linked_page
from pages.web.rendering import redirect, render
from pages.web.visit import Visit
from services.notifications.push_devices import DeviceRejected
from services.order_reader import FoundOrder

_FIELDS: Final = {"endpoint": 1000, "p256dh": 100, "auth": 30}


@linked_page("GET", "/o/{token}/device")
async def device_page(visit: Visit, order: FoundOrder) -> web.Response:
    """What it is, the button for this device, and how many devices there are."""
    return await _shown(visit, order)


@linked_page("POST", "/o/{token}/device")
async def register_device(visit: Visit, order: FoundOrder) -> web.Response:
    """Register the browser; the same one again changes nothing."""
    subscription = {name: visit.form.text(name, limit) for name, limit in _FIELDS.items()}
    try:
        await visit.services.customers.push.register(order, subscription)
    except DeviceRejected:
        return await _shown(visit, order, refused=True)
    return redirect(f"/o/{visit.path['token']}/device")


@linked_page("POST", "/o/{token}/device/end")
async def end_devices(visit: Visit, order: FoundOrder) -> web.Response:
    """Send to no device any more; again changes nothing."""
    await visit.services.customers.push.end(order)
    return redirect(f"/o/{visit.path['token']}/device")


async def _shown(visit: Visit, order: FoundOrder, *, refused: bool = False) -> web.Response:
    offer = await visit.services.customers.push.offer(order)
    if offer is None:
        raise Problem("not_found")
    return render(
        visit,
        "push/device.html",
        status=422 if refused else 200,
        offer=offer,
        refused=refused,
        order_address=f"/o/{visit.path['token']}",
    )
