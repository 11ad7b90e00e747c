"""What a field of a CRM item is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.portal.crm.names import upper_name
from sandbox.portal.crm.values import SYSTEM_TYPES, Scalar, Stored, ValueType
from sandbox.portal.errors import RestError
from sandbox.portal.loose import as_list, is_array
from sandbox.portal.php import JSON


def always(value: Scalar) -> bool:
    return True


@dataclass(frozen=True)
class Field:
    """``name`` is the key in an item's values: camelCase for system fields, ``UF_...`` for user fields."""

    name: str
    type: str
    title: str
    values: ValueType
    upper: str = ""
    multiple: bool = False
    read_only: bool = False
    required: bool = False
    """A mandatory user field."""
    immutable: bool = False
    dynamic: bool = False
    """A user field."""
    disabled: bool = False
    """Always ``null`` in answers and unknown to filters (crm-item-add.md: "выключенные поля")."""
    hidden: bool = False
    """Kept and shown in items, not offered by ``crm.item.fields``."""
    status_type: str = ""
    settings: Mapping[str, JSON] = field(default_factory=dict)
    options: Mapping[int, str] = field(default_factory=dict)
    """Elements of an enumeration: value by id."""
    fits: Callable[[Scalar], bool] = always
    """Whether a value keeps to the settings of a user field."""
    empty: JSON = None
    """What an empty single value looks like, where it is not the type's usual look."""

    def read(self, sent: JSON) -> Stored:
        """A value of a request. Raises the documented errors ``100`` and ``CRM_FIELD_ERROR_VALUE_NOT_VALID``."""
        if self.multiple:
            if sent is None or sent == "" or sent is False:
                return ()
            if not is_array(sent):
                raise RestError("100", f"Expected iterable value for multiple field, but got {php_type(sent)} instead")
            return tuple(self._read_one(element) for element in as_list(sent) if element is not None and element != "")
        return None if sent is None or sent == "" else self._read_one(sent)

    def show(self, stored: Stored) -> JSON:
        """The value as it stands in an answer."""
        if self.disabled:
            return None
        if self.multiple:
            return [self.values.show(one) for one in stored] if isinstance(stored, tuple) else []
        if stored is None or isinstance(stored, tuple):
            return self.values.empty if self.empty is None else self.empty
        return self.values.show(stored)

    def invalid(self) -> RestError:
        return RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", f'Неверное значение поля "{self.title}"')

    def _read_one(self, sent: JSON) -> Scalar:
        try:
            value = self.values.read(sent)
        except ValueError:
            raise self.invalid() from None
        if (self.options and value not in self.options) or not self.fits(value):
            raise self.invalid()
        return value


def system_field(name: str, type_: str, title: str, **more: object) -> Field:
    """A field every portal has; ``more`` are members of ``Field``."""
    upper = more.pop("upper", None) or upper_name(name)
    return Field(name, type_, title, SYSTEM_TYPES[type_], upper=upper, **more)  # type: ignore[arg-type]


def php_type(value: JSON) -> str:
    """The name PHP gives to the type of a scalar."""
    return {bool: "bool", int: "int", float: "float", str: "string"}.get(type(value), "null")
