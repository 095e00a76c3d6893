"""Who may open the socket, and what becomes of it when they no longer may."""

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from monitor.feed.limits import Limits
from tenancy.models import ApiToken, Membership, Tenant
from tests import factories
from tests.integration.feed.sockets import PATH, FeedSocket, numbers_of

ORIGIN = "http://testserver"
OFTEN = Limits(recheck_seconds=0.02, heartbeat_seconds=0.02)


def signed_in(user):
    """The cookie header of a browser."""
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@pytest.fixture
def member(tenant):
    user = User.objects.create_user("member@example.com")
    Membership.objects.create(user=user, tenant=tenant)
    return user


@pytest.fixture
def writing_token(tenant):
    return factories.make_token(tenant, ("write",))


@pytest.fixture
def cookie(member):
    return signed_in(member)


@pytest.fixture
def staff_cookie(transactional_db):
    return signed_in(User.objects.create_user("staff@example.com", is_staff=True))


async def accepted(token=None, **options):
    async with FeedSocket(token, **options) as socket:
        return socket.accepted


async def close_code(token=None, **options):
    """How a socket ends that was accepted and got no frame."""
    async with FeedSocket(token, **options) as socket:
        assert socket.accepted
        return (await socket.output())["code"]


async def greeted(token=None, **options):
    async with FeedSocket(token, **options) as socket:
        return (await socket.receive())["t"] == "hello"


async def test_token_opens_the_socket(token):
    assert await greeted(token)


@pytest.mark.parametrize("token", [None, "", "gq_unknown", "nonsense"])
async def test_without_a_valid_token_the_socket_is_closed_before_any_frame(transactional_db, token):
    assert await close_code(token) == 4401


async def test_scheme_other_than_bearer_is_no_token(token):
    assert await close_code(authorization=f"Basic {token}") == 4401


async def test_token_without_read_scope_is_refused(writing_token):
    assert await close_code(writing_token) == 4401


async def test_token_names_its_tenant_or_none(token, tenant):
    assert await greeted(token, path=f"{PATH}?tenant={tenant.slug}")
    assert await close_code(token, path=f"{PATH}?tenant=another") == 4401


async def test_session_opens_the_socket_on_the_pages_own_origin(cookie):
    assert await greeted(cookie=cookie, origin=ORIGIN)


@pytest.mark.parametrize("origin", [f"{ORIGIN}:80", "http://TESTSERVER", "https://testserver"])
async def test_default_port_and_case_make_no_other_origin(cookie, origin):
    assert await greeted(cookie=cookie, origin=origin)


FOREIGN = [
    "http://evil.example",
    f"{ORIGIN}:8000",
    "http://testserver.evil.example",
    "http://a@testserver",
    "null",
    "[",
]


async def test_page_without_tls_is_another_origin_where_a_proxy_ends_it(cookie):
    forwarded = {"x-forwarded-proto": "https"}
    assert not await accepted(cookie=cookie, origin="http://testserver", **forwarded)
    assert await greeted(cookie=cookie, origin="https://testserver", **forwarded)


@pytest.mark.parametrize("origin", FOREIGN)
async def test_foreign_origin_is_refused_with_a_session(cookie, origin):
    assert not await accepted(cookie=cookie, origin=origin)


@pytest.mark.parametrize("origin", FOREIGN)
async def test_foreign_origin_is_refused_with_a_token_and_with_nothing(token, origin):
    assert not await accepted(token, origin=origin)
    assert not await accepted(origin=origin)


async def test_session_without_an_origin_is_refused(cookie):
    assert not await accepted(cookie=cookie)


async def test_host_that_is_not_ours_is_no_origin(cookie):
    assert not await accepted(cookie=cookie, host="evil.example", origin="http://evil.example")


async def test_token_goes_with_the_pages_own_origin(token):
    assert await greeted(token, origin=ORIGIN)


async def test_unknown_session_is_unauthorised(transactional_db):
    assert await close_code(cookie=f"{settings.SESSION_COOKIE_NAME}=unknown", origin=ORIGIN) == 4401


@pytest.mark.parametrize("path", ["/ws/v1/other", "/ws/v1/feed/", "/ws/v1", "/"])
async def test_unknown_path_is_refused(token, path):
    assert not await accepted(token, path=path)


async def test_member_sees_their_tenant_and_no_other(tenant, cookie):
    browser = {"cookie": cookie, "origin": ORIGIN}
    assert await greeted(path=f"{PATH}?tenant={tenant.slug}", **browser)
    await Tenant.objects.acreate(name="Other", slug="other")
    assert await close_code(path=f"{PATH}?tenant=other", **browser) == 4401


async def test_a_page_made_for_somebody_else_gets_nothing(member, cookie):
    browser = {"cookie": cookie, "origin": ORIGIN}
    assert await greeted(path=f"{PATH}?user={member.pk}", **browser)
    for other in (member.pk + 1, "x"):
        assert await close_code(path=f"{PATH}?user={other}", **browser) == 4401


async def test_person_who_has_no_tenant_any_more_is_unauthorised(cookie):
    await Membership.objects.all().adelete()
    assert await close_code(cookie=cookie, origin=ORIGIN) == 4401


async def test_person_who_was_blocked_is_unauthorised(cookie):
    await User.objects.all().aupdate(is_active=False)
    assert await close_code(cookie=cookie, origin=ORIGIN) == 4401


async def test_staff_choose_the_tenant(tenant, staff_cookie, worker):
    await Tenant.objects.acreate(name="A tenant before it", slug="before")
    async with FeedSocket(None, path=f"{PATH}?tenant={tenant.slug}", cookie=staff_cookie, origin=ORIGIN) as socket:
        await socket.subscribe()
        worker.record(2)
        assert numbers_of(await socket.until(2)) == [1, 2]


async def test_staff_cannot_choose_a_tenant_there_is_not(tenant, staff_cookie):
    assert await close_code(path=f"{PATH}?tenant=unknown", cookie=staff_cookie, origin=ORIGIN) == 4401


async def test_revoked_token_closes_the_socket(token):
    async with FeedSocket(token, limits=OFTEN) as socket:
        await socket.subscribe()
        await ApiToken.objects.all().adelete()
        assert await socket.closed() == 4401


async def test_signing_out_closes_the_socket(cookie):
    async with FeedSocket(None, limits=OFTEN, cookie=cookie, origin=ORIGIN) as socket:
        await socket.subscribe()
        await Session.objects.all().adelete()
        assert await socket.closed() == 4401


async def test_new_first_tenant_does_not_end_the_watching_of_another(tenant, staff_cookie):
    async with FeedSocket(None, limits=OFTEN, cookie=staff_cookie, origin=ORIGIN) as socket:
        await socket.subscribe()
        await Tenant.objects.acreate(name="A tenant before it", slug="before")
        for _ in range(10):
            assert (await socket.receive_any())["t"] == "hb"


async def test_losing_the_watched_tenant_closes_the_socket_of_someone_who_has_another(tenant, member, cookie):
    other = await Tenant.objects.acreate(name="Zebra", slug="zebra")
    await Membership.objects.acreate(user=member, tenant=other)
    async with FeedSocket(None, limits=OFTEN, cookie=cookie, origin=ORIGIN) as socket:
        await socket.subscribe()
        await Membership.objects.filter(tenant=tenant).adelete()
        assert await socket.closed() == 4401
