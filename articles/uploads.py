"""Who may send a file at all: staff. Of what anyone else sends no byte is kept."""

import io

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers

from articles import pictures

PAGE = "admin:articles_picture_add"
LARGEST_BODY = (
    100 * 1024 * 1024
)  # bytes; up to here an editor reads that a file is too large, and keeps what they typed


class EditorsPictures(FileUploadHandler):
    """The first handler of files (setting FILE_UPLOAD_HANDLERS). Editors' pictures stay in memory.

    Files that signed-in staff send to other pages go on to Django's own handlers; those of anyone else are not kept.
    """

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803
        self.is_ours = _is_an_editor_at_the_page(self.request)
        self.is_for_others = not self.is_ours and _is_staff_elsewhere(self.request)
        may_send = self.is_ours or self.is_for_others
        largest = LARGEST_BODY if may_send else settings.CLINIC_MAX_BODY
        if content_length > largest:
            raise RequestDataTooBig("A form with a file is too large.")

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if self.is_ours:
            self.file = io.BytesIO()
            raise StopFutureHandlers
        if not self.is_for_others:
            raise SkipFile

    def receive_data_chunk(self, raw_data, start):
        """Of a picture that is too large only the size is kept: one byte more than may be."""
        if not self.is_ours:
            return raw_data
        room = pictures.MOST_BYTES + 1 - self.file.tell()
        self.file.write(raw_data[: max(0, room)])
        return None

    def file_complete(self, file_size):
        if not self.is_ours:
            return None
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )


def _is_at_the_page(request):
    return bool(request.resolver_match) and request.resolver_match.view_name == PAGE


def _is_an_editor_at_the_page(request):
    return (
        _is_at_the_page(request)
        and request.user.is_staff
        and request.user.has_perm("articles.add_picture")
    )


def _is_staff_elsewhere(request):
    return bool(request.resolver_match) and not _is_at_the_page(request) and request.user.is_staff
