"""What Shopify says to a document that its schema does not allow, and to variables of another form."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSyntaxError,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    ValidationRule,
    build_schema,
    get_named_type,
    parse,
    specified_rules,
    type_from_ast,
    validate,
)
from graphql.type import GraphQLInputType
from graphql.validation import FieldsOnCorrectTypeRule, KnownArgumentNamesRule

SCHEMA = build_schema((files(__package__) / "schema.graphql").read_text(encoding="utf-8"))

_REPLACED = (FieldsOnCorrectTypeRule, KnownArgumentNamesRule)
_MISPLACED = re.compile(r"Directive '@(\w+)' may not be used on (\w+)\.")


class Refused(Exception):
    """The document is not executed. `errors`: as the answer holds them."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("refused")
        self.errors = errors


def checked(text: object) -> DocumentNode:
    """The document. Raises Refused."""
    if not isinstance(text, str) or not text.strip():
        raise Refused([{"message": "No query provided"}])
    try:
        document = parse(text)
    except GraphQLSyntaxError as problem:
        raise Refused([_described(problem)]) from None
    rules = [*(rule for rule in specified_rules if rule not in _REPLACED), _Fields, _Arguments]
    errors = validate(SCHEMA, document, rules)
    if errors:
        raise Refused([_described(error) for error in _without_echoes(errors)])
    return document


def _without_echoes(errors: list[GraphQLError]) -> list[GraphQLError]:
    """The errors without those of the general rule for values that the rule for arguments states better."""
    echoes = ("is not defined by type", "Expected value of type")
    ours = [error for error in errors if error.extensions]
    others = [error for error in errors if not error.extensions]
    return ours + [error for error in others if not (ours and any(echo in error.message for echo in echoes))]


def _described(error: GraphQLError) -> dict[str, Any]:
    misplaced = _MISPLACED.match(error.message)
    if misplaced:
        error.extensions = {"code": "directiveCannotBeApplied", "targetName": misplaced[2].lower()}
    return dict(error.formatted)


class _Fields(ValidationRule):
    """Fields that their type does not have."""

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> None:
        parent = self.context.get_parent_type()
        if parent is None or self.context.get_field_def() is not None:
            return
        name = node.name.value
        error = GraphQLError(
            f"Field '{name}' doesn't exist on type '{parent.name}'",
            node,
            path=[*_place(ancestors), name],
            extensions={"code": "undefinedField", "typeName": parent.name, "fieldName": name},
        )
        self.report_error(error)


class _Arguments(ValidationRule):
    """Arguments that a field or an input object does not have."""

    def enter_argument(self, node: ArgumentNode, _k: Any, _p: Any, _path: Any, ancestors: list[Any]) -> None:
        field = self.context.get_field_def()
        if self.context.get_directive() is None and field is not None and self.context.get_argument() is None:
            owner = next(one for one in reversed(ancestors) if isinstance(one, FieldNode))
            self._report(node, ("Field", owner.name.value), [*_place(ancestors), node.name.value])

    def enter_object_field(
        self, node: ObjectFieldNode, _k: Any, _p: Any, _path: Any, ancestors: list[Any]
    ) -> None:
        owner = get_named_type(self.context.get_parent_input_type())
        if isinstance(owner, GraphQLInputObjectType) and node.name.value not in owner.fields:
            self._report(node, ("InputObject", owner.name), [*_place(ancestors), node.name.value])

    def _report(self, node: Node, owner: tuple[str, str], path: list[str]) -> None:
        argument = path[-1]
        extensions = {
            "code": "argumentNotAccepted",
            "name": owner[1],
            "typeName": owner[0],
            "argumentName": argument,
        }
        message = f"{owner[0]} '{owner[1]}' doesn't accept argument '{argument}'"
        self.report_error(GraphQLError(message, node, path=path, extensions=extensions))


def _place(ancestors: list[Any]) -> list[str]:
    """Where a node stands: the operation, then the names or aliases of what it is in."""
    place = []
    for one in ancestors:
        if isinstance(one, OperationDefinitionNode):
            name = f" {one.name.value}" if one.name else ""
            place.append(f"{one.operation.value}{name}")
        elif isinstance(one, FieldNode):
            place.append((one.alias or one.name).value)
        elif isinstance(one, ArgumentNode | ObjectFieldNode):
            place.append(one.name.value)
    return place


def check_variables(document: DocumentNode, given: Mapping[str, Any]) -> None:
    """Raise Refused for variables that are missing or hold what their type does not have."""
    errors = []
    for operation in document.definitions:
        for one in getattr(operation, "variable_definitions", None) or ():
            kind = type_from_ast(SCHEMA, one.type)
            name = one.variable.name.value
            if name not in given and (one.default_value is not None or not isinstance(kind, GraphQLNonNull)):
                continue
            problems = list(_problems(kind, given.get(name), []))
            if problems:
                errors.append(_invalid(one, str(kind), given.get(name), problems))
    if errors:
        raise Refused(errors)


def _invalid(node: Any, kind: str, value: object, problems: list[dict[str, Any]]) -> dict[str, Any]:
    said = ", ".join(
        f"{'.'.join(str(part) for part in one['path'])} ({one['explanation']})"
        if one["path"]
        else one["explanation"]
        for one in problems
    )
    error = GraphQLError(
        f"Variable ${node.variable.name.value} of type {kind} was provided invalid value for {said}",
        node,
        extensions={"code": "INVALID_VARIABLE", "value": value, "problems": problems},
    )
    return dict(error.formatted)


def _problems(kind: GraphQLInputType, value: Any, path: list[str | int]) -> Iterator[dict[str, Any]]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield {"path": path, "explanation": "Expected value to not be null"}
        else:
            yield from _problems(kind.of_type, value, path)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        for place, one in enumerate(value if isinstance(value, list) else [value]):
            yield from _problems(kind.of_type, one, [*path, place])
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _object_problems(kind, value, path)
    else:
        try:
            kind.parse_value(value)
        except (GraphQLError, TypeError, ValueError):
            yield {"path": path, "explanation": f"Could not coerce value {value!r} to {kind.name}"}


def _object_problems(
    kind: GraphQLInputObjectType, value: Any, path: list[str | int]
) -> Iterator[dict[str, Any]]:
    if not isinstance(value, dict):
        yield {"path": path, "explanation": f"Expected {value!r} to be a key-value object"}
        return
    for name in value:
        if name not in kind.fields:
            yield {"path": [*path, name], "explanation": f"Field is not defined on {kind.name}"}
    for name, field in kind.fields.items():
        if name in value or (isinstance(field.type, GraphQLNonNull) and not has_default(field)):
            yield from _problems(field.type, value.get(name), [*path, name])


def has_default(field: Any) -> bool:
    """Whether an input field may be left out."""
    return field.ast_node is not None and field.ast_node.default_value is not None


def idempotent_keys(document: DocumentNode, variables: Mapping[str, Any]) -> Iterator[tuple[FieldNode, str]]:
    """The fields with `@idempotent`, and their keys."""
    for operation in document.definitions:
        for field in getattr(getattr(operation, "selection_set", None), "selections", ()):
            for directive in getattr(field, "directives", None) or ():
                if directive.name.value == "idempotent":
                    yield field, key_of(directive, variables)


def key_of(directive: DirectiveNode, variables: Mapping[str, Any]) -> str:
    """The key that the directive names."""
    value: Any = next(one.value for one in directive.arguments or () if one.name.value == "key")
    name = getattr(value, "name", None)
    return str(variables.get(name.value, "") if name is not None else value.value)


def sent_input(field: FieldNode, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The argument `input` as it was sent in a variable; empty where it is written in the document."""
    for argument in field.arguments or ():
        name = getattr(argument.value, "name", None)
        if argument.name.value == "input" and name is not None:
            found: Mapping[str, Any] = variables.get(name.value) or {}
            return found
    return {}
