from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "This practice"

    def ready(self):
        from appointments import checks as appointment_checks  # noqa: F401
        from appointments import figures, handover
        from appointments.models import Heartbeat, Notice
        from articles.models import Article, Topic
        from clinic import (
            checks,  # noqa: F401  (registering them is all)
            content,
            erasure_guard,
            facts,
            health,
            key_check,
            metrics,
            picture_files,
            replicas,
            rotation,
            watching,
        )
        from clinic.audit import guarding
        from clinic.sign_in import receivers
        from clinic.sign_in.signals import switching_off

        # The form asks which topics interest a person; appointments and articles know nothing of each other.
        facts.sources["topics"] = lambda: {
            topic.slug: facts.TopicChoice(topic.name, topic.spanish_name, topic.is_about_suicide)
            for topic in Topic.objects.all()
        }
        content.by_itself.append(Article.objects.next_planned)
        metrics.told += [figures.for_machines, replicas.for_machines]
        health.questions += [Notice.objects.what_is_wrong, Heartbeat.objects.what_is_wrong]
        health.questions += [picture_files.what_is_wrong, key_check.what_is_wrong]
        erasure_guard.due += erased_by_time()
        post_migrate.connect(watching.watch, sender=self)
        post_migrate.connect(guarding.guard, sender=self)
        receivers.connect()
        handover.connect(switching_off)
        rotation.others.append(rotation.LockedJson("mfa.Authenticator", "data", ["secret", "seed"]))


def erased_by_time():
    """Everything that is erased when its time is over: pairs of words and a function of the moment for the rows."""
    from appointments.models import ConsultationRequest, SentFrom
    from articles.models import Reply, ReplySender
    from clinic.sign_in import throttle, typed
    from clinic.sign_in.models import StaffSession

    return [
        ("closed requests", ConsultationRequest.objects.due_for_erasure),
        ("replies that never showed", Reply.objects.due_for_erasure),
        ("fingerprints of visitors’ network addresses", SentFrom.objects.outlived),
        ("fingerprints of readers’ network addresses", ReplySender.objects.outlived),
        ("ended sessions", lambda now: StaffSession.objects.filter(expire_date__lte=now)),
        ("wrong guesses", throttle.outlived),
        ("texts typed when a session ended", typed.old),
    ]


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.staff.StaffSite"
    default = False
