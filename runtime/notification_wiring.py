"""Connects the ports of notices with their implementations: channels, the sender, and reports about letters."""

from collections.abc import Mapping
from typing import Final

from adapters.carriers.carrier_names import tracking_page
from adapters.channels.mail_message import mail_sender
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.smtp import Smtp
from adapters.channels.vapid import Vapid
from adapters.channels.web_push import WebPushChannel
from adapters.mail_reports.generic import GenericMailReports
from adapters.mail_reports.mailgun import Mailgun
from adapters.mail_reports.message import MailMessages
from adapters.mail_reports.postmark import Postmark
from adapters.mail_reports.sendgrid import SendGrid
from adapters.mail_reports.ses import AmazonSes
from adapters.mail_reports.sns_fetch import fetch_from_sns
from adapters.webhooks.transport import HttpWebhookTransport
from domain.model.notice_policy import ChannelName
from ports.channels import ChannelDirectory
from ports.mail_reports import MailReportSource
from runtime.channels import MerchantChannels
from runtime.config.settings import Settings
from runtime.errors import StartupError
from runtime.stores import Stores
from services.inbound.mail_reports import MailReportService
from services.inbox import InboxService
from services.journeys import Journeys
from services.notifications.delay_outcomes import DelayOutcomes
from services.notifications.delivery import NoticeDelivery
from services.notifications.letter_links import LinkReader
from services.notifications.letter_reports import LetterReports
from services.notifications.messages import MessageBuilder
from services.notifications.push_devices import PushRegistrations
from services.notifications.send_planner import SendPlanner
from services.notifications.sender import NotificationSender
from services.order_reader import OrderReader
from store.engine.columns import real_now
from store.ledger.expiry_notices import ExpiringCredit

MAIL_SOURCES: Final[Mapping[str, MailReportSource]] = {
    source.name: source
    for source in (
        *(Postmark(), Mailgun(), SendGrid(), AmazonSes(fetch_from_sns)),
        *(MailMessages(), GenericMailReports()),
    )
}


def make_letter_reports(stores: Stores, channels: ChannelDirectory, journeys: Journeys) -> LetterReports:
    planner = SendPlanner(
        vault=stores.vault,
        channels=channels,
        snapshots=stores.snapshots,
        outbox=stores.outbox,
        preferences=stores.preferences,
        languages=stores.languages,
        suppressions=stores.suppressions,
        senders=stores.mail_senders,
        policies=stores.policies,
        clocks=stores.clocks,
        links=LinkReader(stores.link_epochs, stores.preferences),
        credit=ExpiringCredit(stores.db),
        tracking_page=tracking_page,
    )
    return LetterReports(
        letters=stores.letters,
        notices=stores.bounced_notices,
        suppressions=stores.suppressions,
        preferences=stores.preferences,
        planner=planner,
        clocks=stores.clocks,
        journeys=journeys,
    )


def make_notification_sender(
    stores: Stores, reports: LetterReports, messages: MessageBuilder
) -> NotificationSender:
    outcomes = DelayOutcomes(stores.outbox, stores.clocks, reports.journeys)
    delivery = NoticeDelivery(
        outbox=stores.outbox,
        planner=reports.planner,
        messages=messages,
        clocks=stores.clocks,
        outcomes=outcomes,
        letters=stores.letters,
        reports=reports,
    )
    return NotificationSender(stores.outbox, delivery)


def make_mail_reports(settings: Settings, reports: LetterReports, inbox: InboxService) -> MailReportService:
    """The webhook of mail servers and relays, with the secrets of the settings."""
    return MailReportService(MAIL_SOURCES, settings.mail_webhook_secrets, reports, inbox)


def make_channels(settings: Settings, stores: Stores, transport: HttpWebhookTransport) -> MerchantChannels:
    """E-mail, and the channels that the operator and the merchants configured. Raises StartupError."""
    vapid = Vapid(stores.keys.derived("web push"), _contact(settings))
    shared: dict[ChannelName, str] = {name: url.get_secret_value() for name, url in settings.channels.items()}
    return MerchantChannels(
        make_email_channel(settings) or MailboxChannel(),
        stores.channels,
        stores.mail_senders,
        transport,
        shared,
        unrestricted=settings.webhook_egress == "anywhere",
        sandbox_sends=settings.sandbox_letters == "send",
        web_push=WebPushChannel(stores.push_devices, transport, vapid, real_now),
        public_key=vapid.public_key,
    )


def make_push_registrations(
    stores: Stores, reader: OrderReader, channels: MerchantChannels, transport: HttpWebhookTransport
) -> PushRegistrations:
    return PushRegistrations(
        orders=reader,
        devices=stores.push_devices,
        keys=channels,
        transport=transport,
        preferences=stores.preferences,
        policies=stores.policies,
        clocks=stores.clocks,
        vault=stores.vault,
    )


def _contact(settings: Settings) -> str:
    """Whom push services may write to about our messages: the public address, else the sender of letters."""
    address = settings.public_url or ""
    return (
        address if address.startswith("https://") else f"mailto:{mail_sender(settings.smtp_sender).addr_spec}"
    )


def make_email_channel(settings: Settings) -> Smtp | None:
    """E-mail of all merchants; None where no mail server is set. Raises StartupError."""
    server = settings.smtp_server
    if server is None:
        return None
    try:
        return Smtp(server, settings.smtp_sender, settings.smtp_return_path or "")
    except OSError as problem:
        reason = problem.strerror or problem
        raise StartupError(f"SMOT_SMTP_CA_FILE cannot be read as certificates: {reason}") from None
