"""Driven by libreoffice.sh: makes a document at a URL, opens it again, changes it and saves it. Arguments: pipe, URL."""
import sys
import time

import uno
from com.sun.star.beans import PropertyValue


def desktop_of(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(200):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:  # not listening yet
            time.sleep(0.2)
    raise SystemExit("LibreOffice does not listen")


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def load(desktop, url):
    document = desktop.loadComponentFromURL(url, "_blank", 0, (option("Hidden", True),))
    if document is None:
        raise SystemExit(f"{url} was not opened")
    return document


def main(pipe, url):
    desktop = desktop_of(pipe)
    document = load(desktop, "private:factory/swriter")
    document.Text.setString("first")
    document.storeAsURL(url, (option("FilterName", "writer8"),))
    document.close(True)
    document = load(desktop, url)
    if document.isReadonly() or document.Text.getString() != "first":
        raise SystemExit("opened read-only, or not with what was saved")
    document.Text.setString("second")
    document.store()
    document.close(True)
    document = load(desktop, url)
    if document.Text.getString() != "second":
        raise SystemExit("what was saved over it is not there")
    document.close(True)
    try:
        desktop.terminate()
    except Exception:  # the pipe goes away with it
        pass


main(*sys.argv[1:])
