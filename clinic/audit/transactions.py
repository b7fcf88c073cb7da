"""What of a view of the staff site runs outside the transaction that holds its change and its line."""


def prepared_by(prepare):
    """A decorator for a view of the admin: `prepare(request)` runs before the transaction of what is sent to it.

    Slow work goes there, such as cleaning a text: on SQLite nobody else can write while a transaction is open.
    """

    def mark(view):
        view.prepare = prepare
        return view

    return mark


def stores_nothing(view):
    """A decorator for a view of the admin that takes a POST and changes nothing: it needs no transaction."""
    view.stores_nothing = True
    return view
