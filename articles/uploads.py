"""Who may send a file at all: an editor, to the page that takes pictures. From anyone else, no byte is kept."""

import io

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from articles import pictures

PAGE = "admin:articles_picture_add"
LARGEST_BODY = (
    100 * 1024 * 1024
)  # bytes; up to here an editor reads that a file is too large, and keeps what they typed


class EditorsPictures(FileUploadHandler):
    """Django asks it before it reads a form with a file (setting FILE_UPLOAD_HANDLERS). Nothing goes to the disk."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):  # noqa: N803
        self.may_send = _is_an_editor_at_the_page(self.request)
        largest = LARGEST_BODY if self.may_send else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if content_length > largest:
            raise RequestDataTooBig("A form with a file is too large.")

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        if not self.may_send:
            raise SkipFile
        self.file = io.BytesIO()

    def receive_data_chunk(self, raw_data, start):
        """Of a file that is too large only the size is kept: one byte more than may be."""
        room = pictures.MOST_BYTES + 1 - self.file.tell()
        self.file.write(raw_data[: max(0, room)])

    def file_complete(self, file_size):
        self.file.seek(0)
        return InMemoryUploadedFile(
            self.file, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )


def _is_an_editor_at_the_page(request):
    if not request.resolver_match or request.resolver_match.view_name != PAGE:
        return False
    return request.user.is_staff and request.user.has_perm("articles.add_picture")
