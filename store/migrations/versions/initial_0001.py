"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from store.migrations.columns import (
    amount,
    blob,
    day,
    day_key,
    flag,
    instant,
    instant_key,
    key,
    number,
    optional_amount,
    queue,
    text,
)

revision = "0001"
down_revision = None


TABLES = (  # in the order in which they are dropped: ledger_postings refer to ledger_entries
    "withdrawals", "privacy_requests", "retention_runs", "unknown_goods",
    "figure_sums", "figure_facts",
    "root_keys", "processes", "ledger_postings", "ledger_entries", "legs", "credit_redemption_parts", "credit_redemptions",
    "credit_lots", "provider_events", "payment_differences", "storefront_updates", "webhook_deliveries", "webhook_events",
    "webhook_endpoints", "idempotency", "letters", "outbox", "inbox_waits", "inbox", "carrier_accounts", "payment_accounts",
    "reply_macros", "console_settings",
    "attention", "attention_claims", "date_promises", "parcels", "returns", "payments", "audit", "snapshots", "order_terms",
    "orders",
    "frequency_caps", "suppressed_addresses", "brandings", "mail_senders", "channels", "push_devices",
    "phones", "customer_languages", "preferences", "person_keys",
    "allowed_origins", "approvals", "user_sessions", "users", "api_keys", "policies", "shop_systems", "openid_attempts",
    "openid_providers", "merchants",
)  # fmt: skip


def upgrade() -> None:
    deployment()
    merchants()
    users()
    contacts()
    privacy_requests()
    withdrawals()
    unknown_goods()
    orders()
    snapshots()
    projections()
    inbox()
    outbox()
    idempotency()
    webhook_endpoints()
    webhook_events()
    webhook_deliveries()
    storefront_updates()
    ledger()
    legs()
    provider_reports()
    credit_lots()
    redemptions()
    figures()


def downgrade() -> None:
    """Drop all tables with what they hold."""
    for table in TABLES:
        op.drop_table(table)


def deployment() -> None:
    op.create_table(
        "root_keys",
        *(number("id", primary_key=True, autoincrement=False), blob("wrapped"), instant("wrapped_at")),
    )
    op.create_table(
        "processes",
        *(
            key("id"),
            text("kind"),
            text("host"),
            number("pid"),
            text("version"),
            text("known"),
            text("active"),
        ),
        *(instant("started_at"), instant("written_at")),
    )


def merchants() -> None:
    op.create_table(
        "merchants",
        *(key("id"), text("name"), flag("sandbox")),
        *(instant("clock", nullable=True), number("policy"), blob("secrets"), instant("created_at")),
        *(instant("paused_at", nullable=True), text("letters")),
    )
    op.create_table(
        "policies",
        *(key("merchant"), number("version", primary_key=True), text("document"), text("text"), text("hash")),
        *(text("role"), text("name"), number("restores", nullable=True), instant("published_at")),
    )
    op.create_table(
        "api_keys",
        *(key("id"), text("hash"), text("merchant", nullable=True), text("role"), blob("name")),
        *(text("created_by"), instant("created_at"), instant("last_used_at", nullable=True)),
        *(instant("expires_at", nullable=True), text("replaced_by", nullable=True)),
        instant("revoked_at", nullable=True),
    )
    op.create_index("ix_api_keys_list", "api_keys", ["merchant", "created_at", "id"])
    op.create_table("allowed_origins", key("merchant"), key("origin"))
    op.create_index("ix_allowed_origins_origin", "allowed_origins", ["origin"])
    op.create_table(
        "person_keys",
        *(key("id"), text("merchant"), text("customer", nullable=True), blob("wrapped", nullable=True)),
        *(instant("created_at"), instant("erased_at", nullable=True)),
        sa.UniqueConstraint("merchant", "customer"),
    )


def users() -> None:
    op.create_table(
        "users",
        *(key("id"), text("merchant"), text("email_hash"), blob("person"), text("role"), text("locale")),
        *(text("zone"), flag("active"), text("password"), text("link_hash")),
        *(instant("link_expires_at", nullable=True), blob("totp", nullable=True)),
        *(instant("totp_since", nullable=True), number("totp_used"), text("recovery"), text("created_by")),
        *(instant("created_at"), instant("signed_in_at", nullable=True), text("openid", nullable=True)),
        sa.UniqueConstraint("merchant", "email_hash"),
        sa.UniqueConstraint("merchant", "openid"),
    )
    op.create_index("ix_users_list", "users", ["merchant", "created_at", "id"])
    op.create_table(
        "user_sessions",
        *(key("id"), text("hash"), text("merchant"), text("user"), text("level"), text("device")),
        *(instant("created_at"), instant("used_at"), instant("ended_at", nullable=True)),
    )
    op.create_table(
        "approvals",
        *(key("id"), text("merchant"), text("order"), text("command"), text("body"), amount("minor")),
        *(text("currency"), text("role"), text("name"), text("status"), instant("requested_at")),
        *(instant("expires_at"), text("decided_role"), text("decided_by")),
        *(instant("decided_at", nullable=True), text("decision_reason"), text("verdict")),
    )
    op.create_index("ix_approvals_list", "approvals", ["merchant", "status", "requested_at", "id"])
    op.create_index("ix_user_sessions_user", "user_sessions", ["merchant", "user", "created_at", "id"])
    op.create_table(
        "openid_providers",
        *(key("merchant"), blob("sealed"), text("label"), text("domains"), text("new_users")),
        *(text("password_user"), instant("created_at")),
    )
    op.create_table("openid_attempts", key("id"), text("merchant"), blob("sealed"), instant("expires_at"))
    op.create_index(None, "openid_attempts", ["expires_at"])


def contacts() -> None:
    op.create_table(
        "preferences",
        *(number("id", primary_key=True), text("merchant"), text("customer"), text("channel"), text("topic")),
        *(flag("allowed"), text("source"), text("role"), text("name"), instant("at"), instant("written_at")),
    )
    op.create_index("ix_preferences_customer", "preferences", ["merchant", "customer", "id"])
    op.create_index(
        "ix_preferences_current", "preferences", ["merchant", "customer", "channel", "topic", "at", "id"]
    )
    op.create_table("customer_languages", key("merchant"), key("customer"), text("language"), instant("at"))
    op.create_table("phones", key("merchant"), key("phone"), key("customer"))
    op.create_table(
        "push_devices",
        *(key("merchant"), key("id"), text("customer"), text("sealed"), instant("added_at")),
    )
    op.create_index("ix_push_devices_customer", "push_devices", ["merchant", "customer", "added_at"])
    op.create_table("channels", key("merchant"), key("channel"), blob("sealed"), instant("updated_at"))
    op.create_table(
        "mail_senders",
        *(key("merchant"), text("name"), text("address"), text("reply_to"), text("return_path")),
        instant("updated_at"),
    )
    op.create_table(
        "brandings",
        *(key("merchant"), text("name"), text("accent"), text("reply_to"), text("document")),
        instant("updated_at"),
    )
    op.create_table(
        "suppressed_addresses",
        *(key("merchant"), key("address"), text("customer"), text("sealed"), text("order"), text("kind")),
        *(text("reason"), instant("at")),
    )
    op.create_index("ix_suppressed_addresses_list", "suppressed_addresses", ["merchant", "at", "address"])
    op.create_table(
        "frequency_caps",
        *(key("merchant"), key("customer"), day("day"), number("used"), instant("at", nullable=True)),
    )


def privacy_requests() -> None:
    op.create_table(
        "privacy_requests",
        *(key("id"), text("merchant"), text("kind"), text("scope"), text("source"), text("sealed")),
        *(number("orders"), number("open_orders"), number("progress"), instant("received_at")),
        *(instant("due_at"), instant("ended_at", nullable=True), text("role"), text("name")),
        *(text("ended_role"), text("ended_name"), text("note"), text("result")),
        *queue(),
    )
    op.create_table("retention_runs", key("merchant"), instant("ran_at"), text("deleted"))
    op.create_index("ix_privacy_requests_list", "privacy_requests", ["merchant", "created_at", "id"])
    op.create_index("ix_privacy_requests_work", "privacy_requests", ["status", "not_before"])


def withdrawals() -> None:
    op.create_table(
        "withdrawals",
        *(key("id"), text("merchant"), text("outcome"), text("order"), text("wanted"), text("method")),
        *(text("sealed"), text("source"), text("returns"), text("reasons"), instant("received_at")),
        *(instant("confirmed_at", nullable=True), text("role"), text("name")),
        *(text("ended_role"), text("ended_name"), text("note")),
        *queue(),
    )
    op.create_index("ix_withdrawals_list", "withdrawals", ["merchant", "created_at", "id"])
    op.create_index("ix_withdrawals_work", "withdrawals", ["status", "not_before"])


def unknown_goods() -> None:
    op.create_table(
        "unknown_goods",
        *(key("merchant"), key("id"), text("receipt"), text("reference"), text("sku"), text("condition")),
        *(text("grade"), text("disposition"), text("place"), flag("open"), instant("received_at")),
        *(text("received_by"), instant("closed_at", nullable=True), text("closed_by")),
        *(text("return_id"), text("note")),
    )
    op.create_index("ix_unknown_goods_list", "unknown_goods", ["merchant", "open", "received_at", "id"])


def orders() -> None:
    op.create_table(
        "orders",
        *(key("id"), text("merchant"), text("order_id"), text("body_hash"), text("body"), text("customer")),
        *(number("policy"), text("intent"), text("stage"), text("delivered")),
        *(instant("placed_at"), instant("created_at"), instant("next_deadline", nullable=True)),
        *(text("next_owner"), text("next_reason"), number("payments_pending"), text("off_days")),
        *(number("links_epoch"), text("extension"), text("sent_parts")),
        instant("unpaid_since", nullable=True),
        sa.UniqueConstraint("merchant", "order_id"),
    )
    op.create_index("ix_orders_list", "orders", ["merchant", "created_at", "id"])
    op.create_index("ix_orders_placed", "orders", ["merchant", "placed_at", "id"])
    op.create_index("ix_orders_by_stage", "orders", ["merchant", "stage", "created_at", "id"])
    op.create_index("ix_orders_by_customer", "orders", ["merchant", "customer", "created_at", "id"])
    op.create_index("ix_orders_due", "orders", ["merchant", "next_deadline"])
    op.create_index("ix_orders_intent", "orders", ["intent", "created_at"])
    op.create_index("ix_orders_stage", "orders", ["stage"])
    op.create_index("ix_orders_unpaid", "orders", ["unpaid_since"])
    op.create_index("ix_orders_policy", "orders", ["merchant", "policy", "created_at", "id"])
    op.create_table(
        "order_terms",
        *(key("merchant"), key("term"), instant_key("created_at"), key("order"), flag("personal")),
    )
    op.create_index("ix_order_terms_order", "order_terms", ["order"])


def snapshots() -> None:
    op.create_table(
        "snapshots",
        *(key("order"), text("merchant"), number("seq"), text("state"), text("hash"), instant("as_of")),
        number("derivation"),
    )
    op.create_index("ix_snapshots_merchant", "snapshots", ["merchant"])
    op.create_table(
        "audit",
        *(
            number("id", primary_key=True),
            text("merchant"),
            text("order"),
            instant("at"),
            instant("written_at"),
        ),
        *(text("role"), text("name"), text("action"), text("subject"), text("details")),
    )
    op.create_index("ix_audit_order", "audit", ["merchant", "order", "id"])


def projections() -> None:
    op.create_table("payments", key("merchant"), key("payment"), text("order"))
    op.create_table(
        "returns",
        *(key("id"), text("merchant"), text("order"), text("number"), text("code_hash", nullable=True)),
        *(text("status"), text("goods"), text("money"), instant("opened_at"), flag("rejected")),
        sa.UniqueConstraint("merchant", "code_hash"),
    )
    op.create_index("ix_returns_list", "returns", ["merchant", "opened_at", "id"])
    op.create_index("ix_returns_order", "returns", ["order"])
    op.create_index("ix_returns_number", "returns", ["merchant", "number"])
    op.create_table(
        "parcels",
        *(key("order"), key("parcel"), text("merchant"), text("tracking_number"), text("normalized_number")),
        *(text("carrier"), day("shipped_on", nullable=True), instant("registered_at")),
    )
    op.create_index("ix_parcels_number", "parcels", ["merchant", "normalized_number"])
    op.create_table(
        "attention",
        *(key("order"), key("id"), text("merchant"), text("item"), text("kind"), text("subject")),
        *(text("owner"), instant("opened_at"), instant("deadline"), text("default")),
        *(optional_amount("value"), text("currency")),
        *(text("tracking_number", nullable=True), text("carrier", nullable=True)),
    )
    op.create_table(
        "date_promises",
        *(key("order"), key("id"), text("merchant"), text("kind"), text("outcome")),
        *(instant("due"), instant("ended_at", nullable=True)),
    )
    op.create_index("ix_date_promises_count", "date_promises", ["merchant", "kind", "outcome"])
    op.create_index("ix_attention_list", "attention", ["merchant", "deadline", "order", "id"])
    op.create_index("ix_attention_kind", "attention", ["merchant", "kind", "deadline", "order", "id"])
    op.create_index("ix_attention_item", "attention", ["merchant", "item"])
    op.create_table(
        "attention_claims", *(key("merchant"), key("item"), text("holder"), instant("claimed_at"))
    )
    op.create_table(
        "reply_macros", *(key("merchant"), key("id"), text("name"), text("text"), instant("changed_at"))
    )
    op.create_table("console_settings", *(key("merchant"), key("user"), flag("single_keys")))
    op.create_index("ix_attention_claims_holder", "attention_claims", ["merchant", "holder"])
    op.create_table(
        "carrier_accounts",
        *(key("merchant"), text("source"), text("base"), blob("key"), number("per_minute")),
        *(instant("minute", nullable=True), number("used"), instant("refused_at", nullable=True)),
        instant("created_at"),
    )
    op.create_table(
        "payment_accounts",
        *(key("merchant"), key("provider"), text("base"), text("account"), blob("keys"), text("key_names")),
        *(instant("refused_at", nullable=True), instant("created_at")),
    )
    op.create_table("shop_systems", key("merchant"), blob("sealed"), instant("created_at"))


def inbox() -> None:
    op.create_table(
        "inbox",
        *(number("id", primary_key=True), text("merchant"), text("source"), text("delivery_id")),
        *(text("body_hash"), blob("body"), number("size"), instant("business_received_at")),
        *queue(),
        *(instant("parked_at", nullable=True), text("topic"), text("event_id", nullable=True)),
        sa.UniqueConstraint("merchant", "source", "delivery_id"),
    )
    op.create_index("ix_inbox_work", "inbox", ["status", "merchant", "not_before"])
    op.create_index("ix_inbox_list", "inbox", ["merchant", "status", "id"])
    op.create_index("ix_inbox_event", "inbox", ["merchant", "source", "event_id"], unique=True)
    op.create_table(
        "inbox_waits",
        *(number("inbox", primary_key=True, autoincrement=False), key("tracking_number"), text("merchant")),
    )
    op.create_index("ix_inbox_waits_number", "inbox_waits", ["merchant", "tracking_number"])


def outbox() -> None:
    op.create_table(
        "outbox",
        *(number("id", primary_key=True), text("merchant"), text("order"), text("key"), text("kind")),
        *(text("notice"), text("message_id"), text("customer")),
        *queue(),
        *(text("channel"), text("bounced_channels"), instant("sending_at", nullable=True)),
        *(instant("sent_at", nullable=True), instant("held_until", nullable=True), text("sent_as")),
        day("cap_day", nullable=True),
        sa.UniqueConstraint("merchant", "key"),
        sa.UniqueConstraint("message_id"),
    )
    op.create_index("ix_outbox_work", "outbox", ["status", "not_before"])
    op.create_index("ix_outbox_order", "outbox", ["order", "id"])
    op.create_index("ix_outbox_held", "outbox", ["merchant", "status", "held_until"])
    op.create_index("ix_outbox_sent_as", "outbox", ["merchant", "sent_as"])
    op.create_table(
        "letters",
        *(key("message_id"), text("merchant"), text("order"), text("customer"), text("channel")),
        *(text("reference"), text("sealed"), instant("at"), instant("accepted_at", nullable=True)),
        *(text("answer"), text("status"), text("status_reason"), instant("status_at", nullable=True)),
        sa.UniqueConstraint("reference"),
    )
    op.create_index("ix_letters_order", "letters", ["merchant", "order"])
    op.create_index("ix_letters_customer", "letters", ["merchant", "customer"])


def idempotency() -> None:
    op.create_table(
        "idempotency",
        *(key("merchant"), key("route"), key("key"), text("body_hash"), text("status")),
        *(number("http_status", nullable=True), blob("response", nullable=True), instant("began_at")),
    )


def webhook_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        *(key("id"), text("merchant"), blob("url"), text("events"), blob("secrets"), text("status")),
        *(text("reason"), number("failures"), instant("failing_since", nullable=True), instant("created_at")),
    )
    op.create_index("ix_webhook_endpoints_list", "webhook_endpoints", ["merchant", "created_at"])


def webhook_events() -> None:
    op.create_table(
        "webhook_events",
        *(number("id", primary_key=True), text("event"), text("merchant"), text("order"), text("subject")),
        *(text("type"), number("seq"), text("body"), instant("created_at")),
        sa.UniqueConstraint("event"),
    )
    op.create_index("ix_webhook_events_list", "webhook_events", ["merchant", "created_at"])
    op.create_index("ix_webhook_events_order", "webhook_events", ["merchant", "order"])


def webhook_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        *(key("endpoint"), number("event", primary_key=True, autoincrement=False), text("merchant")),
        text("order"),
        *queue(),
        *(number("last_status", nullable=True), instant("ended_at", nullable=True)),
    )
    work = {
        "work": ["endpoint", "status", "not_before"],
        "order": ["endpoint", "order", "status", "event"],
        "event": ["event"],
        "age": ["status", "created_at"],
    }
    for name, columns in work.items():
        op.create_index(f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns)


def storefront_updates() -> None:
    op.create_table(
        "storefront_updates",
        *(number("id", primary_key=True), text("merchant"), text("order"), text("storefront")),
        *(
            text("shop_order"),
            text("key"),
            text("body"),
            flag("pays"),
            flag("sent_it"),
            text("reference"),
            text("sent"),
        ),
        *queue(),
        *(instant(name, nullable=True) for name in ("sent_at", "question_at", "ended_at")),
        sa.UniqueConstraint("order", "key"),
    )
    lists = {
        "work": ["status", "not_before"],
        "order": ["order", "status", "id"],
        "list": ["merchant", "status", "id"],
    }
    for name, columns in lists.items():
        op.create_index(f"ix_storefront_updates_{name}", "storefront_updates", columns)


def ledger() -> None:
    op.create_table(
        "ledger_entries",
        *(number("id", primary_key=True), text("merchant"), text("order"), text("key"), text("kind")),
        *(instant("at"), text("cause")),
        sa.UniqueConstraint("merchant", "key"),
    )
    op.create_index(None, "ledger_entries", ["merchant", "order"])
    op.create_table(
        "ledger_postings",
        *(number("id", primary_key=True), number("entry"), text("merchant"), text("account")),
        *(amount("minor"), text("currency")),
        sa.ForeignKeyConstraint(["entry"], ["ledger_entries.id"]),
    )
    op.create_index(None, "ledger_postings", ["entry"])
    op.create_index(None, "ledger_postings", ["merchant", "account"])


def legs() -> None:
    op.create_table(
        "legs",
        *(key("merchant"), key("key"), text("order"), text("occasion"), text("purpose"), text("tender_id")),
        *(text("provider"), amount("principal"), amount("bonus"), text("currency"), text("status")),
        *(text("reference"), text("decline"), number("reversals")),
        *(instant("created_at"), instant("sent_at", nullable=True), instant("last_sent_at", nullable=True)),
    )
    op.create_index(None, "legs", ["status"])
    op.create_index(None, "legs", ["merchant", "order"])
    op.create_index("ix_legs_age", "legs", ["status", "created_at"])


def provider_reports() -> None:
    op.create_table(
        "provider_events",
        *(number("id", primary_key=True), text("merchant"), text("provider"), text("key"), text("kind")),
        *(text("reference"), text("payment"), text("order"), text("leg"), amount("minor"), text("currency")),
        *(text("state"), text("raw_state"), text("reason"), text("bank_reference")),
        *(instant("respond_by", nullable=True), text("verdict"), text("delivery")),
        *(instant("at", nullable=True), instant("received_at")),
        sa.UniqueConstraint("merchant", "provider", "key"),
    )
    op.create_index("ix_provider_events_order", "provider_events", ["merchant", "order", "id"])
    op.create_table(
        "payment_differences",
        *(key("merchant"), key("id"), text("provider"), text("kind"), text("reference"), text("payment")),
        *(text("order"), text("leg"), optional_amount("ours_minor"), text("ours_state")),
        *(optional_amount("theirs_minor"), text("theirs_state"), text("currency"), text("owner")),
        *(flag("open"), instant("opened_at"), instant("deadline"), instant("about_at", nullable=True)),
        *(instant("found_at"), instant("closed_at", nullable=True), text("closed_by"), text("note")),
    )
    listed = ["merchant", "open", "opened_at", "id"]
    op.create_index("ix_payment_differences_list", "payment_differences", listed)


def credit_lots() -> None:
    op.create_table(
        "credit_lots",
        *(number("id", primary_key=True), text("merchant"), text("customer"), text("order"), text("leg")),
        *(
            text("part"),
            text("currency"),
            amount("granted"),
            amount("remaining"),
            instant("granted_at"),
            instant("expires_at", nullable=True),
            number("noticed_days", nullable=True),
        ),
        sa.UniqueConstraint("merchant", "leg", "part"),
    )
    op.create_index(None, "credit_lots", ["expires_at"])
    op.create_index(None, "credit_lots", ["merchant", "customer"])


def redemptions() -> None:
    op.create_table(
        "credit_redemptions",
        *(key("merchant"), key("reference"), text("customer"), text("currency"), text("status")),
        *(amount("authorized"), amount("captured"), amount("refunded")),
        *(instant("at"), instant("expires_at", nullable=True)),
    )
    op.create_index(None, "credit_redemptions", ["merchant", "customer"])
    op.create_index("ix_credit_redemptions_end", "credit_redemptions", ["status", "expires_at"])
    op.create_table(
        "credit_redemption_parts",
        *(key("merchant"), key("reference"), number("lot", primary_key=True)),
        amount("minor"),
        sa.ForeignKeyConstraint(["lot"], ["credit_lots.id"]),
    )


def figures() -> None:
    by = ("kind", "carrier", "country", "sku", "reason", "currency")
    op.create_table(
        "figure_facts",
        *(number("id", primary_key=True), text("merchant"), text("order"), text("key"), text("subject")),
        *(instant("at"), day("day"), *(text(name) for name in by), number("bucket"), number("times")),
        *(amount("value"), number("batch")),
        sa.UniqueConstraint("merchant", "key"),
    )
    op.create_index("ix_figure_facts_batch", "figure_facts", ["merchant", "batch", "id"])
    op.create_index("ix_figure_facts_order", "figure_facts", ["merchant", "order"])
    pending = sa.text("batch = 0")
    op.create_index(
        "ix_figure_facts_pending", "figure_facts", ["merchant", "id"], sqlite_where=pending, postgresql_where=pending
    )  # fmt: skip
    op.create_table(
        "figure_sums",
        *(key("merchant"), key("kind"), day_key("day"), *(key(name) for name in by[1:])),
        *(number("bucket", primary_key=True, autoincrement=False), number("times"), amount("value")),
    )
