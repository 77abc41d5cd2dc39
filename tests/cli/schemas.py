"""Holds what 'exhibit COMMAND --json' printed against the schema of the command (docs/schema).

    schemas.py judge TOP DIRECTORY    each file is a run: status, test, number of arguments, arguments, standard output, each ended by NUL
    schemas.py used TOP DIRECTORY     the schemas of those runs, one a line, each with "done" or "failed" and the types of its lines
    schemas.py lint TOP               the schemas themselves: each is one, closed, and describes each member

Exit status: 0 nothing is wrong, 1 something is, 77 there is no jsonschema (Debian's package python3-jsonschema).
"""
import json
import os
import sys
from urllib.parse import urljoin

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit(77)

try:                                     # jsonschema 4.18 and later
    from referencing import Registry, Resource
except ImportError:
    Registry = None
    from jsonschema import RefResolver

JSON_TYPES = {"type", "const", "enum", "$ref", "anyOf", "oneOf", "allOf"}


def load(top):
    schemas = {}
    for folder in ("docs/schema", "docs/formats"):
        for name in sorted(os.listdir(os.path.join(top, folder))):
            if name.endswith(".schema.json"):
                with open(os.path.join(top, folder, name), encoding="utf-8") as file:
                    schemas[f"{folder}/{name}"] = json.load(file)
    return schemas


def no_twice(pairs):
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a member stands in it twice")
    return dict(pairs)


def whole_numbers_only(words):
    raise ValueError(f"{words} is no whole number")


def read_line(line):
    value = json.loads(line.decode("utf-8"), object_pairs_hook=no_twice, parse_float=whole_numbers_only, parse_constant=whole_numbers_only)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


class Schemas:
    """All there are. A line is judged by the branches of its type, which is quick and says what is wrong; the first of a type by the whole too."""

    def __init__(self, top):
        self.all = load(top)
        self.store = {schema["$id"]: schema for schema in self.all.values()}
        self.branches = {}
        self.wholes = set()

    def of_command(self, arguments):
        """The longest command that the line begins with; 'exhibit log --json' is 'exhibit log show --json'."""
        words = []
        for argument in arguments:
            if argument.startswith("-"):
                break
            words.append(argument)
        for count in (3, 2, 1):
            name = f"docs/schema/{'-'.join(words[:count])}.schema.json"
            if len(words) >= count and name in self.all:
                return name
        return "docs/schema/log-show.schema.json" if words == ["log"] else None

    def validator(self, schema):
        if Registry:
            known = [(name, Resource.from_contents(known)) for name, known in self.store.items() if name != schema["$id"]]
            return Draft202012Validator(schema, registry=Registry().with_resources(known))
        return Draft202012Validator(schema, resolver=RefResolver(schema["$id"], schema, store={**self.store, schema["$id"]: schema}))

    def follow(self, schema, reference):
        """What a reference in a schema leads to, and the schema that it stands in."""
        address, _, pointer = urljoin(schema["$id"], reference).partition("#")
        target = there = self.store[address]
        for word in pointer.split("/")[1:]:
            target = target[word]
        return target, there

    def types_of(self, name):
        """For each type of line its validators: one branch of the schema each."""
        if name not in self.branches:
            schema = self.all[name]
            found = self.branches[name] = {}
            for branch in schema["oneOf"]:
                whole = {"$schema": schema["$schema"], "$id": schema["$id"], "$defs": schema.get("$defs", {}), **branch}
                for kind in self.kinds(branch, schema):
                    found.setdefault(kind, []).append(self.validator(whole))
        return self.branches[name]

    def kinds(self, node, schema):
        """The types that a branch takes: what "type" is said to be, there or in what it refers to."""
        if "type" in node.get("properties", {}):
            kind = node["properties"]["type"]
            return [kind["const"]] if "const" in kind else kind["enum"]
        for child in [node] * ("$ref" in node) + node.get("allOf", []):
            found = self.kinds(*self.follow(schema, child["$ref"]))
            if found:
                return found
        return []

    def judge(self, name, line):
        """What is wrong with a line; nothing where it is of the schema."""
        try:
            value = read_line(line)
        except ValueError as error:
            return f"not a line of JSON: {error}"
        validators = self.types_of(name).get(value.get("type"), [])
        if not validators:
            return f"no object of {name} has the type {value.get('type')!r}"
        wrong = []
        for validator in validators:
            errors = [f"{'.'.join(map(str, error.absolute_path)) or 'the object'}: {error.message[:200]}" for error in validator.iter_errors(value)]
            if not errors:
                return self.judge_whole(name, value)
            wrong = errors if not wrong or len(errors) < len(wrong) else wrong
        return "; ".join(wrong[:5])

    def judge_whole(self, name, value):
        if (name, value["type"]) in self.wholes:
            return None
        self.wholes.add((name, value["type"]))
        return None if self.validator(self.all[name]).is_valid(value) else f"more than one branch of {name} takes it"


def runs(directory):
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), "rb") as file:
            status, test, count, rest = file.read().split(b"\0", 3)
        parts = rest.split(b"\0", int(count))
        arguments = [part.decode("utf-8", "surrogateescape") for part in parts[:int(count)]]
        if not {"--help", "--usage", "--version"} & set(arguments):
            yield int(status), test.decode("utf-8", "replace"), arguments, parts[int(count)].rstrip(b"\0")


def judge(top, directory):
    schemas, wrong = Schemas(top), 0
    for status, test, arguments, output in runs(directory):
        name = schemas.of_command(arguments)
        for line in output.split(b"\n") if output else []:
            problem = schemas.judge(name, line) if name else "it is of no command that there is"
            if problem:
                wrong += 1
                print(f"in '{test}': exhibit {' '.join(arguments)!r}, status {status}\n  {problem}\n  {line[:500]!r}")
    return wrong


def used(top, directory):
    schemas = Schemas(top)
    for status, _, arguments, output in runs(directory):
        kinds = [read_line(line).get("type", "") for line in output.split(b"\n") if line]
        print(schemas.of_command(arguments), "done" if status in (0, 7) else "failed", *sorted(set(kinds)))
    return 0


def places(node, path=()):
    yield path, node
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(child, path + (key,))


def faults(name, schema):
    """What is wrong with a schema of ours."""
    if schema.get("$id") != f"https://exhibit.invalid/{name}":
        yield "$id is not its own"
    if not schema.get("title", "").rpartition(", version ")[2].isdigit():
        yield "its title does not end in a version"
    for path, node in places(schema):
        if not isinstance(node, dict) or {"if", "then", "else"} & set(map(str, path)) or (path and path[-1] in ("properties", "$defs")):
            continue
        if len(path) > 1 and path[-2] in ("properties", "$defs") and path[-3:-2] not in (("allOf",), ("oneOf",), ("anyOf",)) and "oneOf" not in path[:-2] \
                and JSON_TYPES & set(node) and not node.get("description"):
            yield f"{'/'.join(map(str, path))} has no description"
        if "properties" in node and "type" in node and not str(path[-1]).endswith("_facts") \
                and node.get("additionalProperties", node.get("unevaluatedProperties")) is not False:
            yield f"{'/'.join(map(str, path))} takes members that nobody described"


def unused(schemas):
    """What the common schema says and nobody refers to."""
    said = json.dumps(list(schemas.all.values()))
    for name in schemas.all["docs/schema/common.schema.json"]["$defs"]:
        if f'common.schema.json#/$defs/{name}"' not in said and f'"#/$defs/{name}"' not in json.dumps(schemas.all["docs/schema/common.schema.json"]):
            yield f"docs/schema/common.schema.json: nobody refers to {name}"


def lost(schemas, schema):
    """References that lead nowhere."""
    for _, node in places(schema):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            try:
                schemas.follow(schema, node["$ref"])
            except KeyError as error:
                yield f"{node['$ref']}: there is no {error}"


def lint(top):
    schemas, problems = Schemas(top), []
    for name, schema in schemas.all.items():
        Draft202012Validator.check_schema(schema)
        if name.startswith("docs/schema/"):
            problems += [f"{name}: {fault}" for fault in (*faults(name, schema), *lost(schemas, schema))]
        if name.startswith("docs/schema/") and "oneOf" in schema:
            kinds = [kind for branch in schema["oneOf"] for kind in schemas.kinds(branch, schema)]
            problems += [f"{name}: a branch has no type"] * (len(schemas.types_of(name)) == 0 or "error" not in kinds)
    problems += unused(schemas)
    print("\n".join(problems))
    return len(problems)


if __name__ == "__main__":
    sys.exit(bool({"judge": judge, "used": used, "lint": lint}[sys.argv[1]](*sys.argv[2:])))
