"""Values between Python and the database, as far as they are no basic types; called from Rust."""

from __future__ import annotations

import datetime as _datetime
from typing import Any

from ._errors import make
from ._types import Duration, Edge, Node, Path

node, edge, path = Node, Edge, Path

_EPOCH = _datetime.datetime(1970, 1, 1)
_EPOCH_DAY = _datetime.date(1970, 1, 1).toordinal()


def _beyond(text: str) -> Exception:
    return make("Data", "22007", f"{text} is beyond the years 1 to 9999 that Python's datetime has", "CAST it to STRING")


def date(year: int, month: int, day: int, text: str) -> _datetime.date:
    if not 1 <= year <= 9999:
        raise _beyond(text)
    return _datetime.date(year, month, day)


def _zone(zone: str | int) -> _datetime.tzinfo:
    if isinstance(zone, int):
        return _datetime.timezone.utc if zone == 0 else _datetime.timezone(_datetime.timedelta(seconds=zone))
    from zoneinfo import ZoneInfo

    return ZoneInfo(zone)


def time(nanos: int, offset: int | None) -> _datetime.time:
    micros = nanos // 1000
    seconds, micro = divmod(micros, 1_000_000)
    zone = None if offset is None else _zone(offset)
    return _datetime.time(seconds // 3600, seconds // 60 % 60, seconds % 60, micro, zone)


def datetime(seconds: int, nanos: int, zone: str | int | None, text: str) -> _datetime.datetime:
    """``seconds`` since 1970, in the zone's own clock only where there is no zone."""
    try:
        moment = _EPOCH + _datetime.timedelta(seconds=seconds, microseconds=nanos // 1000)
        if zone is None:
            return moment
        return moment.replace(tzinfo=_datetime.timezone.utc).astimezone(_zone(zone))
    except OverflowError:
        raise _beyond(text) from None


def duration(months: int, days: int, seconds: int, nanos: int) -> _datetime.timedelta | Duration:
    if months:
        return Duration(months, days, seconds, nanos)
    try:
        return _datetime.timedelta(days=days, seconds=seconds, microseconds=nanos // 1000)
    except OverflowError:
        return Duration(months, days, seconds, nanos)


def _moment(value: _datetime.datetime) -> tuple[str, Any]:
    # A Timestamp of pandas has nanoseconds beside the microseconds.
    nanos = value.microsecond * 1000 + int(getattr(value, "nanosecond", 0))
    offset = value.utcoffset()
    clock = value.replace(tzinfo=None, microsecond=0)
    clock = _datetime.datetime(clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second)
    since = clock - _EPOCH
    seconds = since.days * 86_400 + since.seconds
    if offset is None:
        return ("local", (seconds, nanos))
    shift = offset.days * 86_400 + offset.seconds
    name = getattr(value.tzinfo, "key", None) or getattr(value.tzinfo, "zone", None)
    if isinstance(name, str) and name != "UTC":
        return ("zone", (seconds - shift, nanos, name))
    return ("offset", (seconds - shift, nanos, shift))


def plain(value: Any) -> tuple[str, Any]:
    """A value as a kind and what Rust makes a value of that kind of; TypeError when there is none."""
    kind = type(value)
    if kind.__name__ in ("NAType", "NaTType"):
        return ("value", None)
    if isinstance(value, _datetime.datetime):
        return _moment(value)
    if isinstance(value, _datetime.date):
        return ("date", value.toordinal() - _EPOCH_DAY)
    if isinstance(value, _datetime.time):
        offset = value.utcoffset()
        nanos = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000_000 + value.microsecond * 1000
        return ("time", (nanos, None if offset is None else offset.days * 86_400 + offset.seconds))
    if isinstance(value, _datetime.timedelta):
        nanos = value.microseconds * 1000 + int(getattr(value, "nanoseconds", 0))
        return ("duration", (0, value.days, value.seconds, nanos))
    if isinstance(value, Duration):
        return ("duration", (value.months, value.days, value.seconds, value.nanoseconds))
    if isinstance(value, (bytearray, memoryview)):
        return ("value", bytes(value))
    if isinstance(value, (set, frozenset)):
        raise TypeError("a set has no order; pass sorted(..) or list(..)")
    if isinstance(value, (Node, Edge, Path)):
        raise TypeError(f"a {kind.__name__.lower()} of a result is no parameter: pass its id, and MATCH it by `_id`")
    module = kind.__module__.partition(".")[0]
    if module == "decimal":
        return ("value", _decimal(value))
    if module == "uuid":
        return ("value", str(value))
    if module == "numpy":
        return _numpy(value)
    if module == "polars" and hasattr(value, "to_list"):
        return ("value", value.to_list())
    if hasattr(value, "__arrow_c_stream__") and not hasattr(value, "__array__"):
        return _stream(value)
    if hasattr(value, "columns") and (hasattr(value, "__arrow_c_stream__") or hasattr(value, "to_dict")):
        # A DataFrame, of pandas perhaps, which has no stream without pyarrow.
        from ._database import table_of

        return ("rows", table_of(value))
    if hasattr(value, "isoformat"):
        raise TypeError(f"a {kind.__module__}.{kind.__name__} is no value of the database")
    if hasattr(value, "detach") and hasattr(value, "numpy"):
        return _numpy(value.detach().cpu().numpy())
    if hasattr(value, "tolist") and hasattr(value, "index") and hasattr(value, "dtype"):
        # A Series: its own values, with missing ones as None.
        return ("value", [None if _missing(item) else item for item in value.tolist()])
    if hasattr(value, "__array__"):
        import numpy

        return _numpy(numpy.asarray(value))
    if hasattr(value, "__dlpack__"):
        import numpy

        return _numpy(numpy.from_dlpack(value))
    if hasattr(value, "to_pylist"):
        return ("value", value.to_pylist())
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        return ("value", {key: value[key] for key in value.keys()})
    if hasattr(value, "__index__"):
        return ("value", int(value))
    if hasattr(value, "__iter__") and hasattr(value, "__len__"):
        return ("value", list(value))
    raise TypeError(f"a {kind.__module__}.{kind.__name__} is no value of the database")


def _missing(value: Any) -> bool:
    """Whether it stands for no value in a Series."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)


def _decimal(value: Any) -> int | float:
    """The language has no decimal numbers: a whole one is an INT64, another the nearest FLOAT64."""
    if not value.is_finite():
        return float(value)
    if value == value.to_integral_value() and value.as_tuple().exponent >= 0 and abs(value) < 2**63:
        return int(value)
    return float(value)


def _stream(value: Any) -> tuple[str, Any]:
    if hasattr(value, "to_pylist") and not hasattr(value, "schema"):
        return ("value", value.to_pylist())
    return ("rows", value)


def _numpy(value: Any) -> tuple[str, Any]:
    import numpy

    if isinstance(value, numpy.ma.MaskedArray):
        return ("value", value.tolist(None))
    kind = value.dtype.kind
    if isinstance(value, numpy.ndarray):
        if value.ndim == 0:
            return _numpy(value[()]) if not isinstance(value[()], numpy.ndarray) else ("value", value.item())
        if value.ndim == 1 and value.dtype in (numpy.float32, numpy.float16):
            return ("vector", numpy.ascontiguousarray(value, dtype=numpy.float32))
        if value.ndim == 1 and kind in "biufUS":
            return ("value", [item.decode() if kind == "S" else item for item in value.tolist()])
        return ("value", list(value))
    if kind == "M":
        if numpy.isnat(value):
            return ("value", None)
        unit = numpy.datetime_data(value.dtype)[0]
        if unit in ("Y", "M", "W", "D"):
            return ("date", int(value.astype("datetime64[D]").astype(numpy.int64)))
        seconds = value.astype("datetime64[s]")
        rest = value.astype("datetime64[ns]") - seconds.astype("datetime64[ns]")
        return ("local", (int(seconds.astype(numpy.int64)), int(rest.astype(numpy.int64))))
    if kind == "m":
        if numpy.isnat(value):
            return ("value", None)
        unit, count = numpy.datetime_data(value.dtype)
        if unit in ("Y", "M"):
            return ("duration", (int(value.astype("timedelta64[M]").astype(numpy.int64)), 0, 0, 0))
        nanos = int(value.astype("timedelta64[ns]").astype(numpy.int64))
        return ("duration", (0, 0, nanos // 1_000_000_000, nanos % 1_000_000_000))
    if kind in "biuf":
        return ("value", value.item())
    if kind == "V":
        return ("value", dict(zip(value.dtype.names, value.item())))
    return ("value", value.item())
