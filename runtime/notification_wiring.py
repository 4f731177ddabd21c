"""Connects the ports of notices with their implementations: channels, the sender, and reports about letters."""

from collections.abc import Mapping
from typing import Final

from adapters.carriers.carrier_names import tracking_page
from adapters.channels.mailbox import MailboxChannel
from adapters.channels.smtp import Smtp
from adapters.mail_reports.generic import GenericMailReports
from adapters.mail_reports.mailgun import Mailgun
from adapters.mail_reports.message import MailMessages
from adapters.mail_reports.postmark import Postmark
from adapters.mail_reports.sendgrid import SendGrid
from adapters.mail_reports.ses import AmazonSes
from adapters.mail_reports.sns_fetch import fetch_from_sns
from domain.model.notice_policy import ChannelName
from ports.channels import ChannelDirectory
from ports.mail_reports import MailReportSource
from ports.webhooks import WebhookTransport
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
from services.notifications.send_planner import SendPlanner
from services.notifications.sender import NotificationSender
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


def make_channels(settings: Settings, stores: Stores, transport: WebhookTransport) -> MerchantChannels:
    """E-mail, and the channels that the operator and the merchants configured. Raises StartupError."""
    shared: dict[ChannelName, str] = {name: url.get_secret_value() for name, url in settings.channels.items()}
    return MerchantChannels(
        make_email_channel(settings) or MailboxChannel(),
        stores.channels,
        stores.mail_senders,
        transport,
        shared,
        unrestricted=settings.webhook_egress == "anywhere",
        sandbox_sends=settings.sandbox_letters == "send",
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
