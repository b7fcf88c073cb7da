"""The questions of the request form, in its order: the one list of them.

The form's order, the digest that knows a form that was sent twice, the staff's page, the person's own copy, the export
and the table of the health data policy are drawn from it. To add a question: a column in models/requests.py, its
migration, a form field in forms/asking.py, an entry here, and the Spanish words. Tests hold every column of a request
to be in `QUESTIONS` or, with a reason, in `OTHER_COLUMNS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from clinic import facts

CHECKS, REACH = _("First, a few quick checks"), _("How to reach you")
QUESTION, AGREEMENT = _("Your question"), _("Your agreement")
ASKED_FOR_SOMEONE_ELSE = (
    "If you ask for someone else, and who you are to them",
    "To talk with the right person, and to ask you nothing about their health.",
)
WHETHER_WE_MAY = ("Your state, and if you are 18 or older", "To know if we are allowed to see you.")
WAYS = (
    "Phone number, email, and which you like best",
    "To reach you the way you chose.",
)
SAFELY = (
    "If we may leave a message, say who calls, or send a text",
    "To keep it private that you asked us.",
)
TIMES = ("Days and times that suit you", "To call when it is good for you.")


def yes_no(value):
    return "yes" if value else "no"


def topic_names(consultation_request):
    """Topics by their names in English; one that is gone by its slug."""
    known = facts.current().topics
    slugs = consultation_request.topics.splitlines()
    return [known[slug].name if slug in known else slug for slug in slugs]


@dataclass(frozen=True)
class Question:
    """A question: how it is asked, which columns hold its answer, and how the answer is called and said.

    Attributes:
        field: its name in ConsultationRequestForm; "" for what is known without being asked.
        group: the legend that it stands under; "" for what is not asked.
        columns: of ConsultationRequest; none when the answer is only checked.
        title: its name for staff and in the export. title_in_copy: for the person, in their own copy.
        words: what was answered, from a request; "" when nothing was. Without it, the column as it is.
        purpose: what we collect by it, and why: a row of the health data policy.
        place: where the staff's page says it: "list", among how to reach them; "rules", below the number;
            "message", on its own.
        is_exported: whether the table for other programs holds it; free texts stay out of it.
        title_in_export: its name there, where it is another. code: what it says there instead of words.
    """

    field: str
    group: str
    columns: tuple = ()
    title: str = ""
    title_in_copy: str = ""
    words: Callable | None = None
    purpose: tuple = ()
    place: str = "list"
    is_exported: bool = True
    title_in_export: str = ""
    code: Callable | None = None

    def answer(self, consultation_request):
        """What was answered, in words for staff and for the person's own copy."""
        if not self.columns:
            return ""
        if self.words:
            return self.words(consultation_request)
        return getattr(consultation_request, self.columns[0])

    def exported_column(self):
        """A title, and what makes a cell of a request."""
        return self.title_in_export or self.title, self.code or self.answer


QUESTIONS = [
    Question(
        "for_whom",
        CHECKS,
        ("for_someone_else",),
        "Asks for someone else",
        "For someone else",
        lambda r: "yes" if r.for_someone_else else "",
        ASKED_FOR_SOMEONE_ELSE,
    ),
    Question(
        "relation",
        CHECKS,
        ("relation",),
        "Who they are to them",
        "You are their",
        purpose=ASKED_FOR_SOMEONE_ELSE,
        is_exported=False,
    ),
    Question("they_know", CHECKS, purpose=ASKED_FOR_SOMEONE_ELSE),
    Question("is_adult", CHECKS, purpose=WHETHER_WE_MAY),
    Question(
        "state",
        CHECKS,
        ("state",),
        "Lives in",
        "State",
        lambda r: r.get_state_display(),
        WHETHER_WE_MAY,
        title_in_export="State",
        code=lambda r: r.state,
    ),
    Question(
        "name",
        REACH,
        ("name",),
        "Name to use",
        "Name to use",
        purpose=("What to call you", "To greet you by name when we answer."),
        title_in_export="Name",
    ),
    Question("phone", REACH, ("phone",), "Phone", "Phone", purpose=WAYS),
    Question("email", REACH, ("email",), "Email", "Email", purpose=WAYS),
    Question(
        "preferred_channel",
        REACH,
        ("preferred_channel",),
        "Prefers",
        "You prefer",
        lambda r: r.get_preferred_channel_display(),
        WAYS,
    ),
    Question(
        "may_leave_voicemail",
        REACH,
        ("may_leave_voicemail",),
        "Voicemail",
        "Voicemail",
        lambda r: yes_no(r.may_leave_voicemail),
        SAFELY,
        "rules",
    ),
    Question(
        "may_say_who_calls",
        REACH,
        ("may_say_who_calls",),
        "Say who calls",
        "We may say who calls",
        lambda r: yes_no(r.may_say_who_calls),
        SAFELY,
        "rules",
    ),
    Question(
        "may_text",
        REACH,
        ("text_consent_version",),
        "Texts",
        "Text messages",
        lambda r: yes_no(r.may_text),
        SAFELY,
    ),
    Question(
        "days",
        REACH,
        ("days", "parts_of_day"),
        "Good times",
        "Good times",
        lambda r: r.good_times,
        TIMES,
        "rules",
    ),
    Question("parts_of_day", REACH, purpose=TIMES),  # said together with the days
    Question(
        "topics",
        QUESTION,
        ("topics",),
        "Interested in",
        "Interested in",
        lambda r: ", ".join(topic_names(r)),
        ("Topics that you tick", "So that the right person reads your request."),
        is_exported=False,
    ),
    Question(
        "message",
        QUESTION,
        ("message",),
        "Message",
        "Your message",
        purpose=(
            "Your question, if you write one",
            "To get ready for our talk. You can leave it empty.",
        ),
        place="message",
        is_exported=False,
    ),
    Question(
        "heard_from",
        QUESTION,
        ("heard_from",),
        "Heard of us",
        "Heard of us",
        lambda r: r.get_heard_from_display() if r.heard_from else "",
        ("How you heard of us, if you say so", "To know how people find us."),
    ),
    Question(
        "consent",
        AGREEMENT,
        purpose=("That you agreed, and when", "To be able to show that you said yes."),
    ),
    Question(
        "",
        "",
        ("language",),
        "Language",
        "Language",
        lambda r: "Spanish" if r.language == "es" else "English",
        code=lambda r: r.language,
        purpose=("The language of the form that you used", "To answer in the same language."),
    ),
]

# Every other column of ConsultationRequest, and why no question stands for it.
OTHER_COLUMNS = {
    "id": "the row's number",
    "reference": "drawn; said on each page and in each file",
    "submission_digest": "made from the answers",
    "link_hash": "made from the address of the status page",
    "link_number": "counts those addresses",
    "link_ends_at": "when that address ends",
    "is_sample": "says that nobody asked",
    "phone_index": "blind index of the phone number",
    "email_index": "blind index of the email address",
    "message_index": "blind index of the message",
    "texts_agreed_at": "stamped when texts were agreed to; stands with what they agreed to",
    "consented_at": "stamped when it was sent; stands with what they agreed to",
    "consent_version": "the wording of the consent; stands with what they agreed to",
    "status": "where it stands",
    "closing_reason": "where it stands",
    "received_at": "where it stands",
    "closed_at": "where it stands",
    "answer_by": "where it stands",
    "clock_stopped_at": "where it stands",
    "flagged_at": "where it stands",
    "withdrawn_at": "where it stands",
    "withdrawal_reason": "asked on another form, when it is taken back",
    "suspicions": "signs that a machine sent it",
    "held_at": "where it stands",
    "hold_reason": "where it stands",
    "version": "counts changes, so that a stale page is noticed",
    "owner": "the desk's own",
    "next_try_at": "the desk's own",
    "first_contact_at": "the desk's own",
    "first_contact_minutes": "the desk's own",
}


def groups():
    """The form: pairs of a legend and the names of its fields, in order."""
    legends = dict.fromkeys(question.group for question in QUESTIONS if question.group)
    return [(legend, [one.field for one in QUESTIONS if one.group is legend]) for legend in legends]


def fields_to_reach():
    """The form fields about how and when to reach the person, which can be changed later."""
    return [one.field for one in QUESTIONS if one.group is REACH and one.field != "name"]


def stored_as_typed():
    """Form fields whose value is kept in a column of the same name, as it was typed."""
    return [one.field for one in QUESTIONS if one.columns == (one.field,)]


def answer_columns():
    """The columns that hold answers: two requests with equal ones are one form that was sent twice."""
    return [column for one in QUESTIONS for column in one.columns]


def answers_for_staff(consultation_request):
    """What the list on the staff's page says: pairs of a question and its answer in words, without empty ones."""
    listed = [(one, one.answer(consultation_request)) for one in QUESTIONS if one.place == "list"]
    return [(question, answer) for question, answer in listed if answer]


def answers_for_the_person(consultation_request):
    """What the person's own copy says: titles and answers in words, without empty ones."""
    told = {one.title_in_copy: one.answer(consultation_request) for one in QUESTIONS if one.columns}
    return {title: answer for title, answer in told.items() if answer not in ("", None)}


def exported():
    """The questions whose answers stand in the table for other programs."""
    return [one for one in QUESTIONS if one.columns and one.is_exported]


def purposes():
    """The rows of the health data policy: what we collect, and why."""
    return list(dict.fromkeys(one.purpose for one in QUESTIONS))
