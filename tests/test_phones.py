"""Exports of telephone services: what is counted, mapped once, kept in the site file, and that no name survives."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import facts, sitefile
from auditor.audit import judge
from auditor.collectors.interrogate import Collected, Manner
from auditor.collectors.transcript import Transcript
from auditor.collectors.vendors.page import Told
from auditor.declared.phonelist import Phones, count, declarations, field_of, notices, where_of
from auditor.declared.sets import told
from auditor.declared.staffcsv import StaffFileError
from auditor.facts import Endpoint
from auditor.model import Origin, Outcome
from auditor.seats import inputs
from auditor.site import PhoneList, Target
from auditor.values import Message
from auditor.wording import texts
from tests.checking import AT
from tests.commands import auditor

DAY = dt.date(2026, 11, 26)
CLOUD = PhoneList("teams", "cloud")
PBX = PhoneList("yeastar", "site")
SITE = """\
[site]
name = "Lab"
client = "Lab"
networks = ["10.20.0.0/16"]

[people]                # who works here
headcount = 10
eligible = 10
phone_share = 0.5
"""
TEAMS = """\
UserPrincipalName,DisplayName,AccountEnabled,LineUri,AssignedLicenses,MobilePhone
anne@x.example,Anne Durand,True,tel:+33299000001,Microsoft Teams Phone Standard;Microsoft 365 E3,+33600000001
luc@x.example,Luc Martin,True,,Microsoft Teams Phone Standard,+33600000002
eve@x.example,Eve Petit,True,tel:+33299000002,Microsoft 365 E3,
zoe@x.example,Zoe Blanc,True,tel:+33299000004,MCOEV,
old@x.example,Gone Leroy,False,tel:+33299000003,MCOEV,
"""
NAMES = ("Durand", "Martin", "Petit", "Blanc", "anne@", "+3329", "+336", "299000001")


def counted(text: str, how: PhoneList = CLOUD, *networks: str, **words: Any) -> Phones:
    return count(text.encode(), how, networks, words)


def of(found: Phones, *names: str) -> list[int]:
    return [found.of(name) for name in names]


# ---- lists of several services, each in the shape its service gives it ----


def test_teams_users_count_with_a_telephone_licence_and_a_number() -> None:
    """An office suite alone is no telephone licence, a switched off account is nobody, a mobile is no number."""
    found = counted(TEAMS)
    assert of(found, "rows", "people", "inactive", "licence", "number", "served") == [5, 4, 1, 3, 3, 2]


@pytest.mark.parametrize(
    ("where", "text", "told"),
    [
        # Aircall: numbers in the user's row, everybody listed pays a licence
        ("cloud", "Name,Email,Numbers,License\nA,a@x,+33 1 23,Professional\nB,b@x,,Professional\n", {"served": 1}),
        # 3CX: the extension is the number, secrets stand beside it
        ("cloud", "Number,FirstName,LastName,EmailAddress,AuthPassword,License\n100,A,B,,s3,PRO\n101,C,D,,s4,PRO\n",
         {"people": 2, "served": 2}),
        # an operator's Centrex, in French, one row a device
        ("cloud", "Utilisateur;SDA;Offre;Type de poste\nA;0299;Premium;Yealink T46\nA;0299;Premium;Zoiper\nB;;;\n",
         {"people": 2, "served": 1, "softphone": 1, "set.desk": 1, "set.softphone": 1}),
        # Yeastar: what registers and from where
        ("site", "Extension Number,First Name,Linkus,Remote Registration\n1,A,Enabled,No\n2,B,Disabled,Yes\n3,C,,\n",
         {"people": 3, "softphone": 1, "outside": 1}),
        # Avaya IP Office
        ("site", "Extension,Name,Phone Type,Enable Softphone,Forward Number\n201,A,9608,Yes,\n"
                 "202,B,J179,No,0612345678\n203,C,J179,No,204\n", {"people": 3, "softphone": 1, "forward": 1}),
        # Mitel, by the address each set registers from
        ("site", "Extension;Device Type;IP Address\n1;6867i;10.20.1.5\n2;6867i;82.64.1.9\n3;MiCollab;82.64.1.8\n",
         {"people": 3, "softphone": 1, "outside": 1}),
    ],
    ids=["aircall", "3cx", "operator", "yeastar", "avaya", "mitel"],
)  # fmt: skip
def test_lists_of_other_services_are_read_without_a_mapping(where: Any, text: str, told: dict[str, int]) -> None:
    """Headings in two languages, one row a person, a number or a device."""
    found = counted(text, PhoneList("any", where), "10.20.0.0/16")
    assert {name: found.of(name) for name in told} == told


FRENCH = "Nom d’affichage;Nom d’utilisateur principal;Numéro de téléphone attribué;Licences\n"
FRENCH += "A;a@x;+33145000001;Téléphone Microsoft Teams Standard+Office 365 E3\nB;b@x;;Office 365 E3\n"
SHELL = '#TYPE Selected.User\r\n"DisplayName","UserPrincipalName","LineUri","FeatureTypes"\r\n'
SHELL += '"A","a@x","tel:+33145000001","PhoneSystem"\r\n'
QUOTED = 'sep=;\r\n"Name";"Email";"Number(s)";"License type"\r\n"A ""B""";a@x;"+33 1 45, +33 1 46";"Pro; annual"\r\n'


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("text", [FRENCH, SHELL, QUOTED], ids=["french", "powershell", "excel"])
def test_the_codings_and_quotes_that_offices_write(text: str, coding: str) -> None:
    """A French Excel, "Unicode text", PowerShell's first line, commas and semicolons inside quotes."""
    found = count(text.encode(coding), CLOUD)
    assert of(found, "licence", "number", "served") == [1, 1, 1]
    assert not found.bad


def test_half_of_a_utf_16_file_is_no_list() -> None:
    with pytest.raises(StaffFileError):
        count(FRENCH.encode("utf-16")[:-1], CLOUD)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # Grandstream UCM: the address each set registers from, and its own application
        ("Extension,Technology,CallerID Number,First Name,SIP/IAX Password,Wave Client,IP and Port\n"
         "1000,SIP,1000,A,p,no,82.64.1.9:5060\n1001,SIP,1001,C,p,yes,\n",
         {"people": 2, "outside": 1, "softphone": 1}),
        # FreePBX bulk handler: who follows a number outside
        ("extension,password,name,voicemail,tech,secret,findmefollow_enabled,findmefollow_grplist,vm_pin\n"
         "1000,,A B,novm,pjsip,s,yes,1000-0612345678#,1\n1001,,C D,novm,pjsip,s,yes,1001,1\n",
         {"people": 2, "forward": 1}),
        # Yeastar P: either of the two applications
        ("Extension,First Name,Linkus Desktop Client,Linkus Mobile Client\n1,A,Disabled,Enabled\n2,B,Enabled,\n3,,,\n",
         {"people": 3, "softphone": 2}),
        # FortiVoice: "disable" is no softphone
        ("Number,Display Name,Phone Type,Softphone,IP\n1,A,FON-375,disable,10.20.1.1\n2,B,FON-375,enable,\n",
         {"people": 2, "softphone": 1, "outside": 0}),
        # OmniPCX, in French
        ("N° annuaire;Nom;Type de poste;Renvoi immédiat;Adresse IP\n1;A;IPTouch 8028s;0612345678;10.20.1.1\n"
         "2;C;Rainbow;;82.64.1.1\n", {"people": 2, "forward": 1, "softphone": 1}),
        # innovaphone
        ("Long Name,Name,Number,Device,Reg. IP,Forwards\nA B,ab,1,ip222,82.64.1.1,\nC,c,2,myapps,82.64.1.1,\n",
         {"people": 2, "outside": 1, "softphone": 1}),
    ],
    ids=["grandstream", "freepbx", "yeastar", "fortivoice", "omnipcx", "innovaphone"],
)  # fmt: skip
def test_lists_of_exchanges_tell_the_ways_home(text: str, told: dict[str, int]) -> None:
    """As each writes them; secrets and PINs beside them are no column of ours."""
    found = counted(text, PBX, "10.20.0.0/16")
    assert {name: found.of(name) for name in told} == told


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("LineUri", "number"),
        ("Numéro SDA", "number"),
        ("Mobile number", ""),
        ("Outbound Caller ID", ""),
        ("AuthPassword", ""),
        ("Voicemail PIN", ""),
        ("User Principal Name", "person.id"),
        ("Numéro de poste", "person.id"),
        ("Type de poste", "device"),
        ("Display name", "person.name"),
        ("Licences", "licence"),
        ("Renvoi", "forward"),
        ("IP address", "address"),
        ("Softphone", "softphone"),
        ("Department", ""),
    ],
)
def test_headings_of_exports(heading: str, field: str) -> None:
    """A mobile number, a caller's number, a secret or a PIN is never taken for the number of a user."""
    assert field_of(heading) == field


def test_nobody_is_counted_twice_among_the_ways_home() -> None:
    """A softphone first, then a phone seen outside, then a forward; rows of one person are joined."""
    rows = ("1,Zoiper,82.64.1.9,0612345678", "1,T46,10.20.1.1,", "2,T46,82.64.1.9,0612345678")
    text = "\n".join(("Extension,Model,IP address,Forward", *rows))
    found = counted(text, PBX, "10.20.0.0/16")
    assert of(found, "people", "softphone", "outside", "forward") == [2, 1, 1, 0]


def test_without_networks_an_address_says_nothing_of_outside() -> None:
    """Inside is what the site file says it is."""
    assert counted("Extension,Model,IP address\n1,T46,82.64.1.9\n", PBX).of("outside") == 0


def test_a_mapping_beats_what_headings_seem_to_say() -> None:
    """The user knows his columns; `*` says that everybody listed has it; words narrow the licences that count."""
    text = "Who,Trunk No,Plan\na,1,Voice Pro\nb,,Voice Pro\nc,3,Fax only\n"
    how = PhoneList("x", "cloud", columns={"person": "Who", "number": "trunk no"}, licences=("voice",))
    assert of(counted(text, how), "licence", "number", "served") == [2, 2, 1]
    all_licensed = PhoneList("x", "cloud", columns={"number": "Trunk No", "licence": "*"})
    assert counted(text, all_licensed).of("served") == 2


@pytest.mark.parametrize(
    ("text", "how", "words"),
    [
        ("", CLOUD, "empty"),
        ("Who,What\na,b\n", CLOUD, "None of the headings"),
        ("anne@x.example,+33299000001\nluc@x.example,+33299000002\n", CLOUD, "None of the headings"),
        (TEAMS, PhoneList("t", "cloud", columns={"number": "DID"}), "no heading of the list is “DID”"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(text: str, how: PhoneList, words: str) -> None:
    """And nothing of a person is repeated."""
    with pytest.raises(StaffFileError) as caught:
        counted(text, how)
    said = texts("en").say(caught.value.message)
    assert words in said
    assert "anne" not in said


def test_a_hosted_service_needs_both_its_columns() -> None:
    """A list that does not tell licences cannot say who can be served; the message says how to go on."""
    found = counted("User,Phone number\na,1\n")
    with pytest.raises(StaffFileError) as caught:
        declarations(found, CLOUD, "", DAY, "x.csv", pbx=False)
    assert "--column licence=*" in texts("en").say(caught.value.message)


def test_an_unknown_model_is_listed_when_several_sets_share_it() -> None:
    """One alone may be somebody's name: it is counted, not repeated; a word of the site file settles it."""
    text = "Extension,Model\n" + "".join(f"{n},Acme Talk 9\n" for n in range(3)) + "9,Anne’s own\n"
    found = counted(text, PBX)
    assert (found.of("set.unknown"), found.unknown) == (4, ("Acme Talk 9",))
    assert [message.id for message in notices(found)] == ["phones.unknown"]
    known = counted(text, PBX, softphone=("acme*talk",))
    assert (known.of("set.unknown"), known.of("softphone")) == (1, 3)


@given(st.lists(st.lists(st.text(max_size=12), min_size=4, max_size=4), max_size=8))
@settings(max_examples=60)
def test_no_cell_breaks_the_count(rows: list[list[str]]) -> None:
    """Whatever stands in the cells, counts stay within the rows and nobody is served without being listed."""
    text = "Extension;Line URI;Licence;Model\n" + "\n".join(";".join(row) for row in rows)
    try:
        found = counted(text)
    except StaffFileError:
        return
    assert found.of("served") <= min(found.of("licence"), found.of("number")) <= found.of("people") <= found.of("rows")


# ---- kinds of sets that the user names ----


@pytest.mark.parametrize(
    ("word", "said", "kind"),
    [
        ("acme talk", "ACME Talk/3.1", "softphone"),
        ("acme*mobile", "Acme One Mobile", "softphone"),
        ("mobile*acme", "Acme One Mobile", ""),
        ("*", "Acme", ""),
    ],
)
def test_a_word_of_the_site_file_names_a_kind(word: str, said: str, kind: str) -> None:
    """Capitals apart, anywhere, with a star for anything; a star alone says nothing."""
    assert told(said, {"softphone": (word,)}) == kind


def test_the_words_of_a_site_reach_the_sets_of_its_devices() -> None:
    """A set whose user agent the shipped table does not know is of the kind that the site file says."""
    collected = Collected(Target("pbx", "192.0.2.1"), Transcript("pbx"), Manner(sets={"softphone": ("acme",)}))
    sets = (Endpoint("1", "unknown", "Acme 1", True), Endpoint("2", "unknown", "Other", True), Endpoint("3", "unknown"))
    collected.take(Told({facts.TELEPHONY_ENDPOINTS: sets}), ("x",))
    (reading,) = collected.device().readings
    assert [one.kind for one in reading.value] == ["softphone", "unknown", "unknown"]


def test_services_are_known_by_their_name() -> None:
    """A hosted one, one that stands on site, and one that may be either."""
    assert [where_of(name) for name in ("teams-2026", "Yeastar P550", "3cx")] == ["cloud", "site", ""]


# ---- the command and the site file ----


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE)
    return path


def test_a_list_is_mapped_once_and_read_again_by_its_name(site: Path) -> None:
    """The mapping and the file stay in the site file, its comments too; the counts are declared with their evidence."""
    export = site.parent / "users.csv"
    export.write_text("Login,No,Pack\na,1,Voix\nb,2,Voix\nc,,Voix\n")
    columns = ("--column", "number=No", "--column", "licence=Pack")
    assert auditor("phones", site, export, "--name", "ovh", *columns, "--on", "2026-11-20").code == 0
    assert "[people]                # who works here" in site.read_text()
    read, _ = sitefile.read(site, inputs.is_input)
    (mapped,) = read.phones
    assert (mapped.name, mapped.where, mapped.file) == ("ovh", "cloud", "users.csv")
    said = read.declared["telephony.cloud"]
    digest = hashlib.sha256(export.read_bytes()).hexdigest()
    assert (said.value, said.document) == (2, f"users.csv (3 rows, SHA-256 {digest})")
    export.write_text("Login,No,Pack\na,1,Voix\nb,2,Voix\nc,3,Voix\n")
    again = auditor("phones", site, "--json")
    assert json.loads(again.out)["counts"]["served"] == 3
    assert "telephony.cloud was 2" in again.err
    assert sitefile.read(site, inputs.is_input)[0].declared["telephony.cloud"].value == 3


def test_no_name_and_no_number_leaves_the_command(site: Path) -> None:
    """Neither the terminal, nor the JSON, nor the site file holds one."""
    export = site.parent / "teams.csv"
    export.write_text(TEAMS)
    outputs = [auditor("phones", site, export), auditor("phones", site, "--json", "--lang", "fr")]
    everything = site.read_text() + "".join(one.out + one.err for one in outputs)
    assert '"telephony.cloud"' in everything
    assert not [name for name in NAMES if name in everything]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("missing.csv",), "missing.csv"),
        ((), "maps no service yet"),
        (("--column", "nombre=X", "users.csv"), "FIELD=HEADING is expected"),
        (("users.csv", "--name", "3cx"), "--where cloud"),
    ],
)
def test_what_is_missing_is_one_line_and_exit_2(site: Path, arguments: tuple[str, ...], words: str) -> None:
    """And the site file stays as it was."""
    (site.parent / "users.csv").write_text("Extension,Number,Licence\n1,2,3\n")
    given = [site.parent / one if one.endswith(".csv") else one for one in arguments]
    ended = auditor("phones", site, *given, *(("--where", "cloud") if arguments == ("missing.csv",) else ()))
    assert (ended.code, len(ended.err.strip().splitlines())) == (2, 1)
    assert words in ended.err
    assert site.read_text() == SITE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[phones]\nteams = { where = "moon" }', "where"),
        ('[phones]\nteams = { where = "cloud", columns = { numbre = "X" } }', "numbre"),
        ("[sets]\nsoftphone = ['*']", "softphone"),
        ("[sets]\nfax = ['x']", "fax"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_key(text: str, words: str) -> None:
    """As everything else in a site file."""
    with pytest.raises(sitefile.SiteFileError) as caught:
        sitefile.parse(SITE + text)
    assert words in caught.value.key


def test_a_hosted_firm_is_audited_without_a_pbx(site: Path) -> None:
    """Its export shows that the telephone system is hosted: its seats count, TEL-013 is judged, TEL-002 leaves."""
    (site.parent / "teams.csv").write_text(TEAMS)
    assert auditor("phones", site, site.parent / "teams.csv").code == 0
    read, _ = sitefile.read(site, inputs.is_input)
    found = judge(read, (), id="a", at=AT, window=60)
    seats = {one.id: one for one in found.resources}
    assert (seats["telephony.cloud"].seats, seats["telephony.cloud"].origin) == (4, Origin.DECLARED)
    assert not {"telephony.sets", "telephony.trunks"} & set(seats)
    outcomes = {one.id: one.outcome for one in found.findings}
    assert outcomes["TEL-013"] is Outcome.FAIL
    assert {outcomes[id] for id in ("TEL-002", "TEL-003", "TEL-005", "TEL-006")} == {Outcome.NOT_APPLICABLE}
    assert outcomes["TEL-001"] is Outcome.FAIL
    proof = next(one for one in found.findings if one.id == "TEL-002")
    assert proof.message == Message("exempt.proof", {"proofs": ("proof.cloud_telephony",)})


def test_a_site_with_its_own_pbx_is_not_called_hosted(site: Path) -> None:
    """A second service in the cloud takes no check away from the telephone system that stands there."""
    text = SITE + '[[device]]\nname = "pbx"\naddress = "192.0.2.9"\nrole = "pbx"\n'
    site.write_text(text)
    (site.parent / "teams.csv").write_text(TEAMS)
    assert auditor("phones", site, site.parent / "teams.csv").code == 0
    assert set(sitefile.read(site, inputs.is_input)[0].declared) == {"telephony.cloud"}


def test_the_extensions_of_a_pbx_tell_the_ways_home(site: Path) -> None:
    """Each way is written only where a column tells it."""
    (site.parent / "yeastar.csv").write_text("Extension Number,Linkus,Licence\n1,Enabled,P\n2,,P\n")
    assert auditor("phones", site, site.parent / "yeastar.csv").code == 0
    declared = sitefile.read(site, inputs.is_input)[0].declared
    values = {name: one.value for name, one in declared.items()}
    assert values == {"telephony.softphones": 1, "telephony.softphones.licensed": 2}
