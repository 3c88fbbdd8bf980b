"""Every limit of every format: just inside it is taken, just outside it is refused in words."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.connections.connectors.capability import Capability, MediaLimits
from apps.connections.connectors.linkedin.answers import escape
from apps.connections.connectors.text import hashtags, mentions, utf16_units
from apps.connections.limits import Remedy, problems_of
from tests.apps.connections.drafts import EVERY, able_to, draft, medium

SMILE = "\N{SLIGHTLY SMILING FACE}"
MB = 1024 * 1024

# What the partners' own pages say, written down a second time: account -> format -> text, media, bytes.
SAID: list[tuple[str, str, str, int | None, tuple[int, int]]] = [
    ("meta", "page", "text", 63206, (0, 0)),
    ("meta", "page", "link", 63206, (0, 0)),
    ("meta", "page", "image", 63206, (1, 1)),
    ("meta", "page", "images", 63206, (2, 10)),
    ("meta", "page", "video", 63206, (1, 1)),
    ("meta", "page", "reel", 2200, (1, 1)),
    ("meta", "instagram", "image", 2200, (1, 1)),
    ("meta", "instagram", "carousel", 2200, (2, 10)),
    ("meta", "instagram", "reel", 2200, (1, 1)),
    ("meta", "instagram", "story", 0, (1, 1)),
    ("linkedin", "organization", "text", 3000, (0, 0)),
    ("linkedin", "organization", "link", 3000, (0, 1)),
    ("linkedin", "organization", "image", 3000, (1, 1)),
    ("linkedin", "organization", "images", 3000, (2, 20)),
    ("linkedin", "organization", "video", 3000, (1, 1)),
    ("linkedin", "member", "text", 3000, (0, 0)),
    ("linkedin", "member", "link", 3000, (0, 1)),
    ("linkedin", "member", "image", 3000, (1, 1)),
    ("linkedin", "member", "images", 3000, (2, 20)),
    ("linkedin", "member", "video", 3000, (1, 1)),
    ("tiktok", "creator", "video", 2200, (1, 1)),
    ("tiktok", "creator", "video_pull", 2200, (1, 1)),
    ("tiktok", "creator", "images", 4000, (1, 35)),
    ("gbp", "location", "update", 1500, (0, 0)),
    ("gbp", "location", "image", 1500, (1, 1)),
    ("gbp", "location", "event", 1500, (0, 1)),
    ("gbp", "location", "offer", 1500, (0, 1)),
    ("mailchimp", "audience", "campaign", 200_000, (0, 0)),
]


def refused(able: Capability, wanted: Any) -> list[tuple[str, str]]:
    """Return where and by which rule a draft is refused."""
    found = list(problems_of(wanted, able))
    assert all(one.message and one.remedy is Remedy.FIX_CONTENT for one in found)
    return [(one.field, one.rule) for one in found]


def test_the_table_names_every_format() -> None:
    assert sorted(one[:3] for one in SAID) == sorted(EVERY)


@pytest.mark.parametrize(("platform", "account", "name", "limit", "_media"), SAID)
def test_text_at_the_limit_is_taken_and_one_more_is_not(
    platform: str, account: str, name: str, limit: int, _media: tuple[int, int]
) -> None:
    able = able_to(platform, account, name)

    inside = draft(platform, account, name, text="x" * limit)
    outside = draft(platform, account, name, text="x" * (limit + 1))

    assert refused(able, inside) == []
    assert refused(able, outside) == [("content.text", "length")]


@pytest.mark.parametrize(("platform", "account", "name", "_limit", "media"), SAID)
def test_as_many_pictures_and_films_as_the_format_takes(
    platform: str, account: str, name: str, _limit: int, media: tuple[int, int]
) -> None:
    able = able_to(platform, account, name)
    limits = able.picture or able.film or MediaLimits(("image/jpeg",))

    counts = {
        n: refused(able, draft(platform, account, name, media=(medium(limits),) * n))
        for n in range(media[1] + 2)
    }

    assert [n for n, problems in counts.items() if not problems] == list(range(media[0], media[1] + 1))
    assert {one for problems in counts.values() for one in problems} == {("content.media", "count")}


def edges(limits: MediaLimits) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield for each limit of a picture or film its rule, facts just inside and facts just outside."""
    if limits.max_bytes:
        yield "size", {"size": limits.max_bytes}, {"size": limits.max_bytes + 1}
    if limits.min_bytes:
        yield "size", {"size": limits.min_bytes}, {"size": limits.min_bytes - 1}
    if limits.durations:
        shortest, longest = limits.durations
        yield "duration", {"duration_s": longest}, {"duration_s": longest + 0.1}
        yield "duration", {"duration_s": shortest}, {"duration_s": shortest - 0.1}
    if limits.least_sides:
        short, long = limits.least_sides
        yield "sides", {"width": short, "height": long}, {"width": short - 1, "height": long}
        yield "sides", {"width": long, "height": short}, {"width": long - 1, "height": short}
    if limits.most_sides:
        short, long = limits.most_sides
        yield "sides", {"width": long, "height": short}, {"width": long + 1, "height": short}
        if short < long:
            yield "sides", {"width": long, "height": short}, {"width": long, "height": short + 1}
    if limits.max_pixels:
        yield (
            "pixels",
            {"width": limits.max_pixels, "height": 1},
            {"width": limits.max_pixels + 1, "height": 1},
        )


MEDIA = [(*one, limits) for one in EVERY for limits in (able_to(*one).picture, able_to(*one).film) if limits]


@pytest.mark.parametrize(("platform", "account", "name", "limits"), MEDIA)
def test_each_limit_of_a_picture_or_film(platform: str, account: str, name: str, limits: MediaLimits) -> None:
    able = able_to(platform, account, name)
    count = max(able.media_min, 1)

    for rule, inside, outside in edges(limits):
        for facts, problems in ((inside, []), (outside, [("content.media", rule)] * count)):
            media = (medium(limits, **facts),) * count
            assert refused(able, draft(platform, account, name, media=media)) == problems, facts


@pytest.mark.parametrize(("platform", "account", "name", "limits"), MEDIA)
def test_what_is_not_known_of_a_picture_or_film_refuses_nothing(
    platform: str, account: str, name: str, limits: MediaLimits
) -> None:
    able = able_to(platform, account, name)
    media = (medium(limits, width=None, height=None, duration_s=None),) * max(able.media_min, 1)

    assert refused(able, draft(platform, account, name, media=media)) == []


@pytest.mark.parametrize(("platform", "account", "name", "limits"), MEDIA)
def test_another_kind_of_file_is_refused(platform: str, account: str, name: str, limits: MediaLimits) -> None:
    able = able_to(platform, account, name)
    odd = medium(limits, content_type=f"{limits.types[0].split('/')[0]}/x-odd")

    problems = refused(able, draft(platform, account, name, media=(odd,) * max(able.media_min, 1)))

    assert set(problems) == {("content.media", "type")}


@pytest.mark.parametrize(
    ("platform", "account", "name", "facts", "rule"),
    [
        ("meta", "page", "image", {"size": 4 * MB + 1}, "size"),
        ("meta", "instagram", "image", {"size": 8 * MB + 1}, "size"),
        ("meta", "instagram", "carousel", {"size": 8 * MB + 1}, "size"),  # although its films may have 100 MB
        ("meta", "instagram", "image", {"width": 1079, "height": 1350}, "ratio"),
        ("meta", "instagram", "image", {"width": 1920, "height": 1004}, "ratio"),
        ("meta", "instagram", "image", {"width": 1080, "height": 1350}, None),
        ("meta", "instagram", "image", {"width": 1910, "height": 1000}, None),
        ("meta", "instagram", "story", {"width": 1080, "height": 1920}, None),
        ("meta", "instagram", "image", {"content_type": "image/png"}, "type"),
        ("meta", "instagram", "reel", {"duration_s": 901}, "duration"),
        ("meta", "page", "reel", {"duration_s": 91}, "duration"),
        ("meta", "page", "reel", {"width": 1080, "height": 1920}, None),
        ("linkedin", "member", "video", {"size": 75 * 1024 - 1}, "size"),
        ("linkedin", "member", "video", {"duration_s": 1801}, "duration"),
        ("linkedin", "member", "image", {"width": 36_152_320, "height": 1}, "pixels"),
        ("tiktok", "creator", "images", {"width": 1200, "height": 1200}, "sides"),
        ("tiktok", "creator", "images", {"content_type": "image/png"}, "type"),
        ("tiktok", "creator", "video", {"duration_s": 601}, "duration"),
        ("tiktok", "creator", "video", {"width": 359, "height": 640}, "sides"),
        ("gbp", "location", "image", {"size": 5 * MB + 1}, "size"),
    ],
)
def test_what_the_partners_say_of_pictures_and_films(
    platform: str, account: str, name: str, facts: dict[str, Any], rule: str | None
) -> None:
    able = able_to(platform, account, name)
    limits = able.picture or able.film
    assert limits

    problems = refused(
        able, draft(platform, account, name, media=(medium(limits, **facts),) * max(able.media_min, 1))
    )

    assert {found for _, found in problems} == ({rule} if rule else set())


@pytest.mark.parametrize(
    ("platform", "account", "name", "text", "over"),
    [
        ("tiktok", "creator", "video", SMILE * 1100, 0),
        ("tiktok", "creator", "video", SMILE * 1100 + "x", 1),
        ("meta", "instagram", "image", SMILE * 2200, 0),
        ("meta", "instagram", "image", SMILE * 2201, 1),
        ("linkedin", "member", "text", SMILE * 3000, 0),
        ("linkedin", "member", "text", "(" * 1500, 0),
        ("linkedin", "member", "text", "(" * 1501, 2),
        ("linkedin", "organization", "text", "\\" * 1500 + "x", 1),
        ("gbp", "location", "update", "é" * 1500, 0),
    ],
)
def test_a_text_is_as_long_as_its_partner_counts_it(
    platform: str, account: str, name: str, text: str, over: int
) -> None:
    found = list(problems_of(draft(platform, account, name, text=text), able_to(platform, account, name)))

    assert [one.message.rpartition("by ")[2] for one in found] == ([f"{over}."] if over else [])


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("#a " * 30, []),
        ("#a " * 31, [("content.text", "hashtags")]),
        (f"#{SMILE} " * 31, [("content.text", "hashtags")]),
        ("@a " * 20, []),
        ("@a " * 21, [("content.text", "mentions")]),
        ("a@b.test c#d & # @ " * 40, []),
    ],
)
def test_instagram_takes_30_hashtags_and_20_mentions(text: str, problems: list[tuple[str, str]]) -> None:
    able = able_to("meta", "instagram", "reel")

    assert refused(able, draft("meta", "instagram", "reel", text=text)) == problems


@pytest.mark.parametrize(("platform", "account", "name"), EVERY)
def test_a_link_that_would_not_be_shown_is_refused(platform: str, account: str, name: str) -> None:
    able = able_to(platform, account, name)

    problems = refused(able, draft(platform, account, name, link="https://harbour.test/"))

    assert problems == ([] if able.link else [("content.link", "unsupported")])


@pytest.mark.parametrize("link", ["javascript:alert(1)", "https://", "//harbour.test", "https://[", "menu"])
def test_what_is_no_link_is_refused(link: str) -> None:
    assert refused(able_to("meta", "page", "link"), draft("meta", "page", "link", link=link)) == [
        ("content.link", "link")
    ]


def test_a_post_without_anything_is_refused() -> None:
    assert refused(able_to("meta", "page", "text"), draft("meta", "page", "text", text=" \n")) == [
        ("content.text", "required")
    ]


@pytest.mark.parametrize("name", ["event", "offer"])
def test_an_option_without_which_the_format_makes_no_sense_is_missed(name: str) -> None:
    able = able_to("gbp", "location", name)
    bare = draft("gbp", "location", name, options=draft("gbp", "location", "update").options)

    assert refused(able, bare) == [(f"content.options.{one}", "required") for one in able.needs]


def test_one_of_several_pictures_is_named_by_its_place() -> None:
    able = able_to("meta", "page", "images")
    assert able.picture
    good, bad = medium(able.picture), medium(able.picture, size=5 * MB)

    (found,) = problems_of(draft("meta", "page", "images", media=(good, bad)), able)

    assert found.message == "Picture 2 may have 4 MB at most. Make the file smaller."


@given(st.text(max_size=3200))
def test_what_linkedin_gets_is_never_longer_than_it_takes(text: str) -> None:
    wanted = draft("linkedin", "member", "text", text=f"x{text}")

    taken = not list(problems_of(wanted, able_to("linkedin", "member", "text")))

    assert taken == (len(escape(wanted.text)) <= 3000)


@given(st.text())
def test_utf_16_units_are_counted_as_the_encoding_writes_them(text: str) -> None:
    assert utf16_units(text) == len(text.encode("utf-16-le")) // 2


@given(text=st.text(), link=st.text(), format=st.sampled_from(EVERY))
def test_no_text_or_link_breaks_the_guard(text: str, link: str, format: tuple[str, str, str]) -> None:  # noqa: A002
    wanted = replace(draft(*format), text=text, link=link)

    assert all(one.message for one in problems_of(wanted, able_to(*format)))
    assert hashtags(text) <= text.count("#")
    assert mentions(text) <= text.count("@")
