"""What routes are given by name; ``gateway.app`` says what stands behind each name."""

from __future__ import annotations

from litestar.di import NamedDependency
from litestar.params import FromPath

from gateway.appointments import MyAppointments
from gateway.booking.progress import Progress
from gateway.booking.visits import Visits
from gateway.cancelling import Cancelling
from gateway.catalogue import Catalogue
from gateway.health import Health
from gateway.identity.sessions import CitizenSession
from gateway.language import Language
from gateway.moving import Moving
from gateway.planning.planner import Planner
from gateway.routes.once import Once
from gateway.settings import Settings

Id = FromPath[str]
GivenAppointments = NamedDependency[MyAppointments]
GivenCancelling = NamedDependency[Cancelling]
GivenCatalogue = NamedDependency[Catalogue]
GivenCitizen = NamedDependency[CitizenSession]
GivenHealth = NamedDependency[Health]
GivenKnownCitizen = NamedDependency[CitizenSession | None]
GivenLanguage = NamedDependency[Language]
GivenMoving = NamedDependency[Moving]
GivenOnce = NamedDependency[Once]
GivenPlanner = NamedDependency[Planner]
GivenProgress = NamedDependency[Progress]
GivenSettings = NamedDependency[Settings]
GivenVisits = NamedDependency[Visits]
