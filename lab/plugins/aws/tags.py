"""The provider's default tags: those of a resource, and all that it has, as the official plugin tells them apart.

It adds an input `tagsAll`, which is all of them; `tags` stay what was declared (pulumi-aws, provider/tags.go, applyTags).
"""

from host.documents import Values, mapping
from pulumi_plugin.values import UNKNOWN


def merged(defaults: Values, own: object) -> object:
    """All tags of a resource; a tag of its own comes before the default of the same key."""
    if own == UNKNOWN or UNKNOWN in mapping(own).values():
        return UNKNOWN
    return {**defaults, **mapping(own)}


def for_api(inputs: Values) -> Values:
    """Inputs as the API takes them: to it all tags are alike."""
    if "tagsAll" not in inputs:
        return inputs
    known = {key: value for key, value in inputs.items() if key != "tagsAll"}
    return {**known, "tags": inputs["tagsAll"]}


def split(defaults: Values, inputs: Values, found: Values) -> Values:
    """What was found under the provider's names: `tags` without the defaults that the resource does not declare itself."""
    live, own = mapping(found.get("tags")), mapping(inputs.get("tags"))
    declared = {key: value for key, value in live.items() if key in own or defaults.get(key) != value}
    return {**found, "tags": declared, "tagsAll": live}
