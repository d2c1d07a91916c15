"""Count what happens, for Prometheus; no personal data in any label."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

HEARD = Counter("lianxin_heard_total", "Callbacks heard", ["channel", "kind"], registry=REGISTRY)
ANSWERED = Counter("lianxin_answered_total", "Callbacks answered", ["channel", "how"], registry=REGISTRY)
REFUSED = Counter("lianxin_callbacks_refused_total", "Callbacks refused", ["channel", "why"], registry=REGISTRY)
FAILED = Counter("lianxin_failed_total", "Messages whose handling failed", ["channel"], registry=REGISTRY)
SPOOLED = Counter("lianxin_spooled_total", "Callbacks kept in the spool file", ["channel"], registry=REGISTRY)
LATE = Counter("lianxin_late_total", "Answers that took over 4 s and went another way", ["channel"], registry=REGISTRY)
CALLBACK_SECONDS = Histogram(
    "lianxin_callback_seconds",
    "From reading the call to its answer",
    ["channel"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 4, 5),
    registry=REGISTRY,
)
SENT = Counter("lianxin_sent_total", "Messages the platform took", ["channel"], registry=REGISTRY)
SEND_REFUSED = Counter(
    "lianxin_send_refused_total", "Messages the platform did not take", ["channel", "errcode"], registry=REGISTRY
)
SEND_SECONDS = Histogram(
    "lianxin_send_seconds",
    "From asking the platform to its word",
    ["channel"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
OUTBOX_DEPTH = Gauge("lianxin_outbox_depth", "Rows of the outbox by state", ["state"], registry=REGISTRY)
OUTBOX_AGE = Gauge("lianxin_outbox_oldest_seconds", "Age of the oldest message that is due", registry=REGISTRY)
