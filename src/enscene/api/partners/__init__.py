"""`/v1/partner-applications` and `/v1/conformance-runs`: how partners come in by program."""

from enscene.api.partners.calls import CallLog
from enscene.api.partners.monitor import MonitorWorker
from enscene.api.partners.serve import PartnersDoor
from enscene.api.partners.worker import ConformanceWorker

__all__ = ["CallLog", "ConformanceWorker", "MonitorWorker", "PartnersDoor"]
