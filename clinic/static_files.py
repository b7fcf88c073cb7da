"""Static files that all releases share, and in each release the manifest of its own hashes."""

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ReleaseManifestStorage(CompressedManifestStaticFilesStorage):
    """Keeps staticfiles.json in settings.STATIC_MANIFEST_FOLDER.

    A file's name holds its hash, so releases may share one folder. If they shared the manifest too, an older release
    that starts again after a newer one has collected would ask for the newer one's files.
    """

    def __init__(self, *args, **kwargs):
        manifest = FileSystemStorage(location=settings.STATIC_MANIFEST_FOLDER)
        super().__init__(*args, manifest_storage=manifest, **kwargs)
