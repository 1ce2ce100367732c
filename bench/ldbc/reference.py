#!/usr/bin/env python3
"""The answers of the 41 LDBC SNB reads, computed with dictionaries and no database.

usage: bench/ldbc/reference.py DIRECTORY [--write tests/fixtures/ldbc/answers.json]
DIRECTORY has nodes.csv[.gz] and edges.csv[.gz]. Every query is a function of its name that takes the graph and the parameters and gives
the list of rows in order; each ORDER BY ends in keys that leave no ties. The functions follow the definitions of the benchmark (LDBC SNB
Interactive v1, Business Intelligence v1), not the texts in queries/."""
import argparse, collections, csv, datetime, gzip, heapq, json, math, pathlib

HERE = pathlib.Path(__file__).resolve().parent
DAY, HOUR = 86_400_000, 3_600_000
NUMBERS = {"birthday", "creationDate", "length", "joinDate", "classYear", "workFrom"}


def table(directory, name):
    plain = pathlib.Path(directory) / f"{name}.csv"
    file = open(plain, newline="") if plain.is_file() else gzip.open(f"{plain}.gz", "rt", newline="")
    with file:
        for row in csv.DictReader(file):
            yield {key: int(value) if key in NUMBERS else value for key, value in row.items() if value != ""}


class Graph:
    def __init__(self, directory):
        self.nodes = {row["_id"]: row for row in table(directory, "nodes")}
        self.out = collections.defaultdict(list)  # (node, label) -> [(other, edge)]
        self.into = collections.defaultdict(list)
        self.friends = collections.defaultdict(dict)  # person -> {friend: since}
        for edge in table(directory, "edges"):
            a, b, label = edge["_from"], edge["_to"], edge["_label"]
            self.out[a, label].append((b, edge))
            self.into[b, label].append((a, edge))
            if label == "KNOWS":
                self.friends[a][b] = self.friends[b][a] = edge["creationDate"]
        self.by_label = collections.defaultdict(list)
        for id, node in self.nodes.items():
            self.by_label[node["_labels"]].append(id)
        self.messages = self.by_label["Post"] + self.by_label["Comment"]
        self.replies = collections.Counter()  # (author, author answered, label of the message answered) -> how many
        for c in self.by_label["Comment"]:
            m = self.parent(c)
            self.replies[self.creator(c), self.creator(m), self.label(m)] += 1

    def __getitem__(self, id):
        return self.nodes[id]

    def label(self, id):
        return self.nodes[id]["_labels"]

    def to(self, id, label):
        return [other for other, _ in self.out[id, label]]

    def back(self, id, label):
        return [other for other, _ in self.into[id, label]]

    def one(self, id, label):
        (other,) = self.to(id, label)
        return other

    def named(self, label, name, type=None):
        (found,) = [id for id in self.by_label[label] if self[id]["name"] == name and type in (None, self[id].get("type"))]
        return found

    def creator(self, message):
        return self.one(message, "HAS_CREATOR")

    def created(self, message):
        return self[message]["creationDate"]

    def written(self, person):
        return self.back(person, "HAS_CREATOR")

    def parent(self, comment):
        return self.one(comment, "REPLY_OF")

    def root(self, message):
        while self.label(message) == "Comment":
            message = self.parent(message)
        return message

    def forum(self, message):
        (forum,) = self.back(self.root(message), "CONTAINER_OF")
        return forum

    def thread(self, message):
        found = [message]
        for m in found:
            found += self.back(m, "REPLY_OF")
        return found

    def tags(self, id):
        return self.to(id, "HAS_TAG")

    def tagged(self, tag):
        return [id for id in self.back(tag, "HAS_TAG") if self.label(id) != "Forum"]

    def tag_class(self, tag):
        return self.one(tag, "HAS_TYPE")

    def city(self, person):
        return self.one(person, "IS_LOCATED_IN")

    def country(self, person):
        return self.one(self.city(person), "IS_PART_OF")

    def persons_of(self, country):
        country = self.named("Place", country, "country")
        return [p for p in self.by_label["Person"] if self.country(p) == country]

    def content(self, message):
        return self[message].get("content", self[message].get("imageFile"))

    def name(self, person):
        return [self[person]["firstName"], self[person]["lastName"]]

    def distances(self, start, most=math.inf):
        found, queue = {start: 0}, [start]
        for p in queue:
            if found[p] < most:
                for f in self.friends[p]:
                    if f not in found:
                        found[f] = found[p] + 1
                        queue.append(f)
        return found

    def circle(self, person):
        return [p for p in self.distances(person, 2) if p != person]

    def cheapest(self, start, steps):
        """Dijkstra's algorithm; steps(person) gives (other, cost)."""
        done, queue = {}, [(0, start)]
        while queue:
            cost, p = heapq.heappop(queue)
            if p not in done:
                done[p] = cost
                for other, more in steps(p):
                    heapq.heappush(queue, (cost + more, other))
        return done


def moment(millis):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=millis)


def down(value):
    """A key that sorts numbers in descending order."""
    return -value


def ic1(g, personId, firstName):
    found = [(d, g[p]["lastName"], p) for p, d in g.distances(personId, 3).items() if d and g[p]["firstName"] == firstName]
    rows = []
    for distance, last, p in sorted(found)[:20]:
        n = g[p]
        place = lambda o: g[g.one(o, "IS_LOCATED_IN")]["name"]
        work = lambda label, when: sorted([g[o]["name"], e[when], place(o)] for o, e in g.out[p, label])
        rows.append([p, last, distance, n["birthday"], n["creationDate"], n["gender"], n["browserUsed"], n["locationIP"],
                     n["email"].split(";"), n["language"].split(";"), g[g.city(p)]["name"], work("STUDY_AT", "classYear"),
                     work("WORK_AT", "workFrom")])
    return rows


def newest(g, persons, before):
    rows = [[p, *g.name(p), m, g.content(m), g.created(m)] for p in persons for m in g.written(p) if before(g.created(m))]
    return sorted(rows, key=lambda r: (down(r[5]), r[3]))[:20]


def ic2(g, personId, maxDate):
    return newest(g, g.friends[personId], lambda at: at <= maxDate)


def ic3(g, personId, countryXName, countryYName, startDate, durationDays):
    x, y = (g.named("Place", name, "country") for name in (countryXName, countryYName))
    rows = []
    for p in g.circle(personId):
        if g.country(p) in (x, y):
            continue
        places = [g.one(m, "IS_LOCATED_IN") for m in g.written(p) if startDate <= g.created(m) < startDate + durationDays * DAY]
        if x in places and y in places:
            rows.append([p, *g.name(p), places.count(x), places.count(y), places.count(x) + places.count(y)])
    return sorted(rows, key=lambda r: (down(r[5]), r[0]))[:20]


def ic4(g, personId, startDate, durationDays):
    during, before = collections.Counter(), set()
    for p in g.friends[personId]:
        for m in g.written(p):
            if g.label(m) == "Post":
                if g.created(m) < startDate:
                    before.update(g.tags(m))
                elif g.created(m) < startDate + durationDays * DAY:
                    during.update(g.tags(m))
    rows = [[g[t]["name"], n] for t, n in during.items() if t not in before]
    return sorted(rows, key=lambda r: (down(r[1]), r[0]))[:10]


def ic5(g, personId, minDate):
    posts = {}
    for p in g.circle(personId):
        wrote = collections.Counter(g.forum(m) for m in g.written(p) if g.label(m) == "Post")
        for forum, member in g.into[p, "HAS_MEMBER"]:
            if member["joinDate"] > minDate:
                posts[forum] = posts.get(forum, 0) + wrote[forum]
    return sorted(([g[f]["title"], n, f] for f, n in posts.items()), key=lambda r: (down(r[1]), r[2]))[:20]


def ic6(g, personId, tagName):
    tag, found = g.named("Tag", tagName), collections.Counter()
    for p in g.circle(personId):
        for m in g.written(p):
            if g.label(m) == "Post" and tag in g.tags(m):
                found.update(g[t]["name"] for t in g.tags(m) if t != tag)
    return sorted(([t, n] for t, n in found.items()), key=lambda r: (down(r[1]), r[0]))[:10]


def ic7(g, personId):
    newest = {}
    for m in g.written(personId):
        for p, like in g.into[m, "LIKES"]:
            key = (down(like["creationDate"]), m)
            newest[p] = min(newest.get(p, key), key)
    rows = [[p, *g.name(p), -at, m, g.content(m), (-at - g.created(m)) // 60_000, p not in g.friends[personId]]
            for p, (at, m) in newest.items()]
    return sorted(rows, key=lambda r: (down(r[3]), r[0]))[:20]


def ic8(g, personId):
    rows = [[g.creator(c), *g.name(g.creator(c)), g.created(c), c, g[c]["content"]] for m in g.written(personId) for c in g.back(m, "REPLY_OF")]
    return sorted(rows, key=lambda r: (down(r[3]), r[4]))[:20]


def ic9(g, personId, maxDate):
    return newest(g, g.circle(personId), lambda at: at < maxDate)


def ic10(g, personId, month):
    interests, rows = set(g.to(personId, "HAS_INTEREST")), []
    for p, distance in g.distances(personId, 2).items():
        born = moment(g[p]["birthday"])
        if distance == 2 and ((born.month == month and born.day >= 21) or (born.month == month % 12 + 1 and born.day < 22)):
            common = [bool(interests & set(g.tags(m))) for m in g.written(p) if g.label(m) == "Post"]
            rows.append([p, *g.name(p), sum(common) - (len(common) - sum(common)), g[p]["gender"], g[g.city(p)]["name"]])
    return sorted(rows, key=lambda r: (down(r[3]), r[0]))[:10]


def ic11(g, personId, countryName, workFromYear):
    country = g.named("Place", countryName, "country")
    rows = [[p, *g.name(p), g[o]["name"], e["workFrom"]] for p in g.circle(personId) for o, e in g.out[p, "WORK_AT"]
            if e["workFrom"] < workFromYear and g.one(o, "IS_LOCATED_IN") == country]
    return sorted(sorted(rows, key=lambda r: r[3], reverse=True), key=lambda r: (r[4], r[0]))[:10]


def ic12(g, personId, tagClassName):
    def below(c):
        return g[c]["name"] == tagClassName or any(below(d) for d in g.to(c, "IS_SUBCLASS_OF"))

    rows = []
    for p in g.friends[personId]:
        names, replies = set(), 0
        for c in g.written(p):
            if g.label(c) == "Comment" and g.label(g.parent(c)) == "Post":
                fit = [g[t]["name"] for t in g.tags(g.parent(c)) if below(g.tag_class(t))]
                names.update(fit)
                replies += bool(fit)
        if replies:
            rows.append([p, *g.name(p), sorted(names), replies])
    return sorted(rows, key=lambda r: (down(r[4]), r[0]))[:20]


def ic13(g, person1Id, person2Id):
    return [[g.distances(person1Id).get(person2Id, -1)]]


def ic14(g, person1Id, person2Id):
    distance = g.distances(person1Id)
    if person2Id not in distance:
        return []
    paths = [[person2Id]]
    for d in reversed(range(distance[person2Id])):
        paths = [[f, *path] for path in paths for f in g.friends[path[0]] if distance.get(f) == d]
    one = lambda a, b: g.replies[a, b, "Post"] + 0.5 * g.replies[a, b, "Comment"]
    rows = [[path, float(sum(one(a, b) + one(b, a) for a, b in zip(path, path[1:])))] for path in paths]
    return sorted(rows, key=lambda r: (down(r[1]), r[0]))


def is1(g, personId):
    n = g[personId]
    return [[n["firstName"], n["lastName"], n["birthday"], n["locationIP"], n["browserUsed"], g.city(personId), n["gender"], n["creationDate"]]]


def is2(g, personId):
    found = sorted(((g.created(m), m) for m in g.written(personId)), reverse=True)[:10]
    rows = []
    for at, m in found:
        post = g.root(m)
        rows.append([m, g.content(m), at, post, g.creator(post), *g.name(g.creator(post))])
    return rows


def is3(g, personId):
    return sorted(([p, *g.name(p), at] for p, at in g.friends[personId].items()), key=lambda r: (down(r[3]), r[0]))


def is4(g, messageId):
    return [[g.created(messageId), g.content(messageId)]]


def is5(g, messageId):
    return [[g.creator(messageId), *g.name(g.creator(messageId))]]


def is6(g, messageId):
    forum = g.forum(messageId)
    moderator = g.one(forum, "HAS_MODERATOR")
    return [[forum, g[forum]["title"], moderator, *g.name(moderator)]]


def is7(g, messageId):
    author = g.creator(messageId)
    rows = [[c, g[c]["content"], g.created(c), g.creator(c), *g.name(g.creator(c)), g.creator(c) in g.friends[author]]
            for c in g.back(messageId, "REPLY_OF")]
    return sorted(rows, key=lambda r: (down(r[2]), r[3], r[0]))


def bi1(g, datetime):
    before = [m for m in g.messages if g.created(m) < datetime]
    groups = collections.defaultdict(list)
    for m in before:
        if "content" in g[m]:
            length = g[m]["length"]
            groups[moment(g.created(m)).year, g.label(m) == "Comment", sum(length >= x for x in (40, 80, 160))].append(length)
    rows = [[*key, len(all), sum(all) / len(all), sum(all), len(all) / len(before)] for key, all in groups.items()]
    return sorted(rows, key=lambda r: (down(r[0]), r[1], r[2]))


def bi2(g, date, tagClass):
    rows = []
    for tag in g.back(g.named("TagClass", tagClass), "HAS_TYPE"):
        windows = collections.Counter((g.created(m) - date) // (100 * DAY) for m in g.tagged(tag))
        rows.append([g[tag]["name"], windows[0], windows[1], abs(windows[0] - windows[1])])
    return sorted(rows, key=lambda r: (down(r[3]), r[0]))[:100]


def bi3(g, tagClass, country):
    tag_class, rows = g.named("TagClass", tagClass), []
    for p in g.persons_of(country):
        for forum in g.back(p, "HAS_MODERATOR"):
            threads = [m for post in g.to(forum, "CONTAINER_OF") for m in g.thread(post)]
            count = sum(any(g.tag_class(t) == tag_class for t in g.tags(m)) for m in threads)
            if count:
                rows.append([forum, g[forum]["title"], g.created(forum), p, count])
    return sorted(rows, key=lambda r: (down(r[4]), r[0]))[:20]


def bi4(g, date):
    sizes = []
    for forum in g.by_label["Forum"]:
        if g.created(forum) > date:
            countries = collections.Counter(g.country(p) for p in g.to(forum, "HAS_MEMBER"))
            if countries:
                sizes.append((-max(countries.values()), forum))
    top = [forum for _, forum in sorted(sizes)[:100]]
    count = {p: 0 for forum in top for p in g.to(forum, "HAS_MEMBER")}
    for forum in top:
        for post in g.to(forum, "CONTAINER_OF"):
            for m in g.thread(post):
                if g.creator(m) in count:
                    count[g.creator(m)] += 1
    rows = [[p, *g.name(p), g.created(p), n] for p, n in count.items()]
    return sorted(rows, key=lambda r: (down(r[4]), r[0]))[:100]


def bi5(g, tag):
    score = collections.defaultdict(lambda: [0, 0, 0])
    for m in g.tagged(g.named("Tag", tag)):
        s = score[g.creator(m)]
        s[0] += len(g.back(m, "REPLY_OF"))
        s[1] += len(g.back(m, "LIKES"))
        s[2] += 1
    rows = [[p, *s, s[2] + 2 * s[0] + 10 * s[1]] for p, s in score.items()]
    return sorted(rows, key=lambda r: (down(r[4]), r[0]))[:100]


def bi6(g, tag):
    likers = collections.defaultdict(set)
    for m in g.tagged(g.named("Tag", tag)):
        likers[g.creator(m)].update(g.back(m, "LIKES"))
    popularity = lambda p: sum(len(g.back(m, "LIKES")) for m in g.written(p))
    rows = [[p, sum(map(popularity, all))] for p, all in likers.items()]
    return sorted(rows, key=lambda r: (down(r[1]), r[0]))[:100]


def bi7(g, tag):
    tag, count = g.named("Tag", tag), collections.Counter()
    for m in g.tagged(tag):
        for c in g.back(m, "REPLY_OF"):
            if tag not in g.tags(c):
                count.update(g[t]["name"] for t in g.tags(c))
    return sorted(([t, n] for t, n in count.items()), key=lambda r: (down(r[1]), r[0]))[:100]


def bi8(g, tag, startDate, endDate):
    score = collections.Counter()
    tag = g.named("Tag", tag)
    for p in g.back(tag, "HAS_INTEREST"):
        score[p] += 100
    for m in g.tagged(tag):
        if startDate < g.created(m) < endDate:
            score[g.creator(m)] += 1
    rows = [[p, n, sum(score[f] for f in g.friends[p])] for p, n in list(score.items())]
    return sorted(rows, key=lambda r: (down(r[1] + r[2]), r[0]))[:100]


def bi9(g, startDate, endDate):
    threads, messages = collections.Counter(), collections.Counter()
    for post in g.by_label["Post"]:
        if startDate <= g.created(post) <= endDate:
            threads[g.creator(post)] += 1
            messages[g.creator(post)] += sum(startDate <= g.created(m) <= endDate for m in g.thread(post))
    rows = [[p, *g.name(p), threads[p], messages[p]] for p in threads]
    return sorted(rows, key=lambda r: (down(r[4]), r[0]))[:100]


def bi10(g, personId, country, tagClass, minPathDistance, maxPathDistance):
    tag_class, count, distance = g.named("TagClass", tagClass), collections.Counter(), g.distances(personId)
    for p in g.persons_of(country):
        if minPathDistance <= distance.get(p, -1) <= maxPathDistance:
            for m in g.written(p):
                if any(g.tag_class(t) == tag_class for t in g.tags(m)):
                    count.update((p, g[t]["name"]) for t in g.tags(m))
    return sorted(([p, t, n] for (p, t), n in count.items()), key=lambda r: (down(r[2]), r[1], r[0]))[:100]


def bi11(g, country, startDate, endDate):
    persons = set(g.persons_of(country))
    friends = {p: {f for f, at in g.friends[p].items() if f in persons and startDate <= at <= endDate} for p in persons}
    return [[sum(1 for a in persons for b in friends[a] if a < b for c in friends[a] & friends[b] if b < c)]]


def bi12(g, startDate, lengthThreshold, languages):
    count = {p: 0 for p in g.by_label["Person"]}
    for m in g.messages:
        if "content" in g[m] and g[m]["length"] < lengthThreshold and g.created(m) > startDate and g[g.root(m)].get("language") in languages:
            count[g.creator(m)] += 1
    return sorted(([n, persons] for n, persons in collections.Counter(count.values()).items()), key=lambda r: (down(r[1]), down(r[0])))


def bi13(g, country, endDate):
    zombies, rows, end = set(), [], moment(endDate)
    for p in g.persons_of(country):
        if g.created(p) < endDate:
            joined = moment(g.created(p))
            months = 12 * (end.year - joined.year) + end.month - joined.month + 1
            if sum(g.created(m) < endDate for m in g.written(p)) < months:
                zombies.add(p)
    for p in zombies:
        likers = [l for m in g.written(p) for l in g.back(m, "LIKES") if g.created(l) < endDate]
        fellow = sum(l in zombies for l in likers)
        rows.append([p, fellow, len(likers), fellow / len(likers) if likers else 0.0])
    return sorted(rows, key=lambda r: (down(r[3]), r[0]))[:100]


def bi14(g, country1, country2):
    best, others = {}, set(g.persons_of(country2))
    for a in g.persons_of(country1):
        for b in g.friends[a]:
            if b in others:
                replied = lambda x, y: g.replies[x, y, "Post"] + g.replies[x, y, "Comment"] > 0
                liked = lambda x, y: any(g.creator(m) == y for m in g.to(x, "LIKES"))
                score = 4 * replied(a, b) + replied(b, a) + 10 * liked(a, b) + liked(b, a)
                key = (-score, a, b)
                best[g.city(a)] = min(best.get(g.city(a), key), key)
    return [[a, b, g[city]["name"], -score] for score, a, b, city in sorted((*key, city) for city, key in best.items())][:100]


def bi15(g, person1Id, person2Id, startDate, endDate):
    exchange = collections.Counter()
    for c in g.by_label["Comment"]:
        if startDate <= g.created(g.forum(c)) <= endDate:
            exchange[frozenset((g.creator(c), g.creator(g.parent(c))))] += 1.0 if g.label(g.parent(c)) == "Post" else 0.5
    costs = g.cheapest(person1Id, lambda p: [(f, 1 / (1 + exchange[frozenset((p, f))])) for f in g.friends[p]])
    return [[costs.get(person2Id, -1.0)]]


def bi16(g, tagA, dateA, tagB, dateB, maxKnowsLimit, days):
    sides = []
    for tag, date in ((tagA, dateA), (tagB, dateB)):
        count = collections.Counter(g.creator(m) for m in g.tagged(g.named("Tag", tag)) if date <= g.created(m) < date + days * DAY)
        sides.append({p: n for p, n in count.items() if sum(f in count for f in g.friends[p]) <= maxKnowsLimit})
    rows = [[p, n, sides[1][p]] for p, n in sides[0].items() if p in sides[1]]
    return sorted(rows, key=lambda r: (down(r[1] + r[2]), r[0]))[:20]


def bi17(g, tag, delta):
    tagged = g.tagged(g.named("Tag", tag))
    found = collections.defaultdict(set)
    answers = [(c, g.parent(c)) for c in tagged if g.label(c) == "Comment" and g.parent(c) in tagged]
    for m1 in tagged:
        forum1, members = g.forum(m1), set(g.to(g.forum(m1), "HAS_MEMBER"))
        for c, m2 in answers:
            p2, p3, forum2 = g.creator(c), g.creator(m2), g.forum(m2)
            if (forum2 != forum1 and p2 != p3 and p2 in members and p3 in members and g.created(m2) > g.created(m1) + delta * HOUR
                    and g.creator(m1) not in g.to(forum2, "HAS_MEMBER")):
                found[g.creator(m1)].add(m2)
    return sorted(([p, len(all)] for p, all in found.items()), key=lambda r: (down(r[1]), r[0]))[:10]


def bi18(g, tag):
    interested = set(g.back(g.named("Tag", tag), "HAS_INTEREST"))
    rows = [[a, b, len(g.friends[a].keys() & g.friends[b].keys())] for a in interested for b in interested if a != b and b not in g.friends[a]]
    return sorted((r for r in rows if r[2]), key=lambda r: (down(r[2]), r[0], r[1]))[:20]


def bi19(g, city1Id, city2Id):
    def steps(p):
        for f in g.friends[p]:
            n = sum(g.replies[a, b, label] for a, b in ((p, f), (f, p)) for label in ("Post", "Comment"))
            if n:
                yield f, max(math.floor(40 - math.sqrt(n) + 0.5), 1)

    persons = lambda city: [p for p in g.by_label["Person"] if g.city(p) == city]
    rows = []
    for a in persons(city1Id):
        costs = g.cheapest(a, steps)
        rows += [[a, b, costs[b]] for b in persons(city2Id) if b in costs and a != b]
    least = min((r[2] for r in rows), default=0)
    return sorted(r for r in rows if r[2] == least)


def bi20(g, company, person2Id):
    def steps(p):
        years = {u: e["classYear"] for u, e in g.out[p, "STUDY_AT"]}
        for f in g.friends[p]:
            common = [abs(e["classYear"] - years[u]) + 1 for u, e in g.out[f, "STUDY_AT"] if u in years]
            if common:
                yield f, min(common)

    rows = [[p, cost] for p, cost in g.cheapest(person2Id, steps).items()
            if p != person2Id and any(g[o]["name"] == company for o in g.to(p, "WORK_AT"))]
    return sorted(rows, key=lambda r: (r[1], r[0]))[:20]


QUERIES = [f"{kind}{i}" for kind, most in (("ic", 14), ("is", 7), ("bi", 20)) for i in range(1, most + 1)]


def answers(directory, parameters):
    """For every query the rows of each set of parameters."""
    graph = Graph(directory)
    return {name: [globals()[name](graph, **given) for given in parameters[name]] for name in QUERIES}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--write", help="a file for the answers; without it, the number of rows of each query is printed")
    options = parser.parse_args()
    found = answers(options.directory, json.loads((HERE / "parameters.json").read_text()))
    if options.write:
        lines = [f"{json.dumps(name)}: [\n  " + ",\n  ".join(json.dumps(rows, ensure_ascii=False) for rows in found[name]) + "]" for name in QUERIES]
        pathlib.Path(options.write).write_text("{\n" + ",\n".join(lines) + "\n}\n")
    else:
        for name in QUERIES:
            print(name, *(len(rows) for rows in found[name]))


if __name__ == "__main__":
    main()
