"""A QR code as the path of a drawing; the template draws it."""

import qrcode


def qr_path(text):
    """Returns how many squares wide it is, margin included, and the path of its dark squares, one unit each."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    dark = (
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return {"size": len(rows), "path": "".join(dark)}
