# The JSON Schemas: whether a record is of one, and whether one describes each member. $schema: its file.

# The first python3 that has jsonschema (Debian's package python3-jsonschema).
validator() {
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null && return
    done
    skip 'python3-jsonschema is not here'
}

# valid RECORD: it is of the schema; else says what is not
valid() {
    "$python" - "$schema" "$1" <<'END'
import json, sys
from jsonschema import Draft202012Validator
schema, record = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
Draft202012Validator.check_schema(schema)
errors = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in Draft202012Validator(schema).iter_errors(record)]
print("\n".join(errors))
sys.exit(bool(errors))
END
}

# described: the schema is one, and describes each member
described() {
    "$python" - "$schema" <<'END'
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1], encoding="utf-8"))
Draft202012Validator.check_schema(schema)
def bare(node, path):
    if isinstance(node, dict):
        for name, member in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else []:
            if isinstance(member, dict) and "description" not in member and path[:1] != ["allOf"] and "if" not in path:
                yield path + [name]
        for key, child in node.items():
            yield from bare(child, path + [key])
    elif isinstance(node, list):
        for child in node:
            yield from bare(child, path)
left = list(bare(schema, []))
print(left)
sys.exit(bool(left))
END
}
