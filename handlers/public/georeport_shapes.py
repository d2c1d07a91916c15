"""What goes in and out of the Open311 door, shape by shape, in the words of GeoReport v2."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.channels.words import clean

KINDS = ("request", "proposal", "opinion", "wish", "errand")
MOST_SIGNS = 4000

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=MOST_SIGNS)]


class Shape(BaseModel):
    """One shape of the interface: frozen, as the document says it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Service(Shape):
    """One subject that can be reported."""

    service_code: str
    service_name: str
    description: str
    metadata: bool = True
    type: Literal["realtime"] = "realtime"
    keywords: str
    group: str


class Value(Shape):
    """One choice of an attribute."""

    key: str
    name: str


class Attribute(Shape):
    """One more thing to say of a report."""

    variable: bool = True
    code: str
    datatype: Literal["singlevaluelist"] = "singlevaluelist"
    required: bool = False
    datatype_description: str
    order: int
    description: str
    values: tuple[Value, ...]


class ServiceDefinition(Shape):
    """What can be said of a report on one subject."""

    service_code: str
    attributes: tuple[Attribute, ...]


class ServiceRequest(Shape):
    """A matter as outsiders may see it: no voter, and words only as the clerk approved them."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str | None
    service_code: str | None
    description: str | None
    agency_responsible: str
    service_notice: str | None = None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str | None
    address: str
    address_id: str | None = None
    zipcode: str | None = None
    lat: float | None = None
    long: float | None = None
    media_url: str | None = None


class Created(Shape):
    """A report that was logged: its number for life."""

    service_request_id: str
    service_notice: str
    account_id: str | None = None


class TokenAnswer(Shape):
    """The number behind a token; ours are made at once, so the token is the number."""

    service_request_id: str
    token: str


class Fault(Shape):
    """What was wrong, and what to do."""

    code: int
    description: str


class ReportForm(Shape):
    """A report as it is sent, by form or as JSON."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        json_schema_extra={  # what `_says_where` wants, as far as a schema can say it
            "dependentRequired": {"lat": ["long"], "long": ["lat"]},
            "anyOf": [{"required": [name]} for name in ("lat", "address_string", "address_id")],
        },
    )

    service_code: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    description: Description
    address_string: Words = ""
    address_id: Words = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    long: Annotated[float, Field(ge=-180, le=180)] | None = None
    email: Words = ""
    device_id: Words = ""
    account_id: Words = ""
    first_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    last_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^(\+?[0-9][0-9 -]{2,19})?$")] = ""
    media_url: AnyHttpUrl | None = None
    kind: Annotated[Literal["request", "proposal", "opinion", "wish", "errand"], Field(alias="attribute[kind]")] = (
        "request"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_what_breaks(cls, given: object) -> object:
        """Control signs are nobody's words, and an empty field was not filled in."""
        if not isinstance(given, dict):
            return given
        kept = {name: clean(value) if isinstance(value, str) else value for name, value in given.items()}
        return {name: value for name, value in kept.items() if value != ""}

    @model_validator(mode="after")
    def _says_where(self) -> ReportForm:
        """GeoReport wants a place: a point, or an address."""
        if (self.lat is None) != (self.long is None):
            raise ValueError("lat, long")
        if self.lat is None and not self.address_string and not self.address_id:
            raise ValueError("address_string")
        return self
