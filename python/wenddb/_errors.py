"""The exceptions of the package."""

from __future__ import annotations


class Error(Exception):
    """Something the database refused. Every exception of the database is one.

    ``gqlstatus`` has the five characters of ISO/IEC 39075, ``message`` what happened, ``hint`` what would be right or None,
    ``span`` the characters of the statement that it is about as (start, end) or None, ``statement`` the text or None.
    """

    gqlstatus: str = "22000"
    message: str = ""
    hint: str | None = None
    span: tuple[int, int] | None = None
    statement: str | None = None

    @property
    def line(self) -> int | None:
        """The line of the statement that it is about, from 1."""
        return None if self.span is None or self.statement is None else self.statement.count("\n", 0, self.span[0]) + 1

    @property
    def column(self) -> int | None:
        """The character of that line, from 1."""
        if self.span is None or self.statement is None:
            return None
        return self.span[0] - (self.statement.rfind("\n", 0, self.span[0]) + 1) + 1

    def __str__(self) -> str:
        if not self.message:
            return super().__str__()
        text = f"[{self.gqlstatus}] {self.message}"
        column = self.column
        if self.statement is not None and self.span is not None and column is not None:
            line = self.statement.splitlines()[(self.line or 1) - 1 : self.line]
            if line and len(line[0]) <= 200:
                length = max(1, min(self.span[1] - self.span[0], len(line[0]) - column + 1))
                text += f"\n  {line[0]}\n  {' ' * (column - 1)}{'^' * length}"
        if self.hint:
            text += f"\nhint: {self.hint}"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        return (_restore, (type(self).__name__, self.gqlstatus, self.message, self.hint, self.span, self.statement))


class SyntaxError(Error):  # noqa: A001
    """The text is not GQL."""


class BindingError(Error):
    """A name is unknown or used against the rules."""


class ResultError(Error):
    """A result is not as it is read: no such column, no row where one is asked for, or rows that were read already."""


class DataError(Error):
    """A value is wrong: its type, its range, a cast, a division by zero."""


class ConstraintError(Error):
    """A rule of the graph is broken, such as an ``_id`` that is there already."""


class TransactionError(Error):
    """The statement does not fit the state of the transaction, or changes data where nothing may be changed."""


class ConflictError(Error):
    """Another transaction wrote the same data first; run the transaction again."""


class OutcomeUnknownError(Error):
    """Writing a commit failed: it is there or not when the database is opened again."""


class PermissionDeniedError(Error):
    """The user's role does not allow it."""


class CancelledError(Error):
    """The statement was interrupted."""


class MemoryLimitError(Error):
    """The statement needs more memory than its limit allows."""


class LockedError(Error):
    """Another process has the database open."""


class ForkedError(LockedError):
    """The database was opened before the process was forked: the child has to open it again."""


class FormatVersionError(Error):
    """The database has a format that this version does not read."""


class FileError(Error):
    """A file cannot be read or written, or is not what it should be."""


class ImportDataError(Error):
    """A row of an imported file is wrong."""


class UsageError(Error):
    """A call that cannot be meant, such as one of a database that was closed."""


class InternalError(Error):
    """The stored data is damaged, or a bug of the database."""


class ParameterError(BindingError, TypeError):
    """An algorithm has no parameter of that name."""


_KINDS: dict[str, type[Error]] = {
    "Syntax": SyntaxError,
    "Binding": BindingError,
    "Result": ResultError,
    "Data": DataError,
    "Constraint": ConstraintError,
    "TransactionState": TransactionError,
    "Conflict": ConflictError,
    "OutcomeUnknown": OutcomeUnknownError,
    "Permission": PermissionDeniedError,
    "Cancelled": CancelledError,
    "Memory": MemoryLimitError,
    "Locked": LockedError,
    "Forked": ForkedError,
    "FormatVersion": FormatVersionError,
    "Io": FileError,
    "Import": ImportDataError,
    "Usage": UsageError,
    "Internal": InternalError,
}


def make(
    kind: str,
    gqlstatus: str,
    message: str,
    hint: str | None = None,
    span: tuple[int, int] | None = None,
    statement: str | None = None,
) -> Error:
    """The exception of a kind."""
    return fill(_KINDS.get(kind, InternalError)(message), gqlstatus, message, hint, span, statement)


def fill(
    error: Error,
    gqlstatus: str,
    message: str,
    hint: str | None = None,
    span: tuple[int, int] | None = None,
    statement: str | None = None,
) -> Error:
    """The same exception with what is known."""
    error.gqlstatus, error.message, error.hint = gqlstatus, message, hint
    error.span, error.statement = span, statement
    return error


def result_error(gqlstatus: str, message: str, hint: str | None = None) -> ResultError:
    """A result that is not as it is read."""
    error = ResultError(message)
    fill(error, gqlstatus, message, hint)
    return error


def _restore(name: str, *rest: object) -> Error:
    known = {kind.__name__: kind for kind in [Error, ParameterError, *_KINDS.values()]}
    return fill(known[name](rest[1]), *rest)  # type: ignore[arg-type]
