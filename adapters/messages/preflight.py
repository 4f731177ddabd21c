"""Preflight: every sample notice is rendered in every language, so that a wrong template is found before a customer reads it."""

from adapters.messages.renderer import TemplateRenderer
from adapters.messages.sample_notices import sample_recipient, samples


def preflight(renderer: TemplateRenderer) -> int:
    """Render all samples; return the number of messages. Raises RenderError for the first that fails."""
    count = 0
    for locale in renderer.locales:
        recipient = sample_recipient(locale)
        for notice in samples():
            renderer.render_in(locale, [(notice, recipient)])
            count += 1
        renderer.render_in(locale, [(notice, recipient) for notice in samples()], digest=True)
    return count + len(renderer.locales)
