"""neomodel: constraints and indexes of classes, nodes, relationships, queries."""

from harness import AUTH, URI, has_vector_indexes, main, run, scenario
from neomodel import (
    FloatProperty,
    IntegerProperty,
    Q,
    RelationshipFrom,
    RelationshipTo,
    StringProperty,
    StructuredNode,
    StructuredRel,
    UniqueIdProperty,
    config,
    db,
)
from neomodel.exceptions import UniqueProperty

config.DATABASE_URL = URI.replace("bolt://", f"bolt://{AUTH[0]}:{AUTH[1]}@")


class City(StructuredNode):
    """Merged by its name alone: of a class with a UniqueIdProperty neomodel merges by an id that is always new."""

    name = StringProperty(unique_index=True)
    people = IntegerProperty()


class Knows(StructuredRel):
    since = IntegerProperty()


class Person(StructuredNode):
    uid = UniqueIdProperty()
    name = StringProperty(unique_index=True)
    age = IntegerProperty(index=True)
    knows = RelationshipTo("Person", "KNOWS", model=Knows)
    known_by = RelationshipFrom("Person", "KNOWS", model=Knows)


def people():
    ann, bob = Person(name="Ann", age=44).save(), Person(name="Bob", age=30).save()
    ann.knows.connect(bob, {"since": 2001})
    return ann, bob


@scenario
def labels_are_installed():
    db.install_labels(Person, quiet=True)
    db.install_labels(Person, quiet=True)
    assert len(db.list_constraints()) == 2, db.list_constraints()
    people()
    try:
        Person(name="Ann").save()
        raise AssertionError("a name twice")
    except UniqueProperty:
        pass
    db.remove_all_labels()
    assert db.list_constraints() == []


@scenario
def nodes_and_relationships():
    ann, bob = people()
    assert [p.name for p in ann.knows.all()] == ["Bob"] and ann.knows.relationship(bob).since == 2001
    assert [p.name for p in bob.known_by.filter(age__gt=40)] == ["Ann"]
    bob.age = 31
    bob.save()
    bob.refresh()
    assert bob.age == 31
    ann.knows.disconnect(bob)
    assert len(ann.knows) == 0
    bob.delete()
    assert len(Person.nodes) == 1


@scenario
def queries():
    people()
    assert Person.nodes.get(name="Ann").age == 44
    assert Person.nodes.get_or_none(name="Cem") is None
    assert [p.name for p in Person.nodes.order_by("-age")] == ["Ann", "Bob"]
    assert [p.name for p in Person.nodes.filter(Q(age__lt=40) | Q(name__startswith="X"))] == ["Bob"]
    City(name="Ulm", people=1).save()
    assert City.get_or_create({"name": "Ulm"}, {"name": "Bonn"})[1].name == "Bonn"
    assert City.create_or_update({"name": "Ulm", "people": 2})[0].people == 2
    rows, names = db.cypher_query("MATCH (c:City) RETURN c ORDER BY c.name", resolve_objects=True)
    assert [(row[0].name, row[0].people) for row in rows] == [("Bonn", None), ("Ulm", 2)] and list(names) == ["c"]


@scenario
def transactions():
    try:
        with db.transaction:
            people()
            raise RuntimeError
    except RuntimeError:
        pass
    assert run("MATCH (n) RETURN count(*)")[0][0] == 0


if __name__ == "__main__":
    main()
