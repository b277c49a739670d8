"""Servers with TLS and with accounts: Davit, nginx and Apache with the same certificate, the same file of one user, and what each
does to compute a slow hash less often."""
import os
import re
import subprocess
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)  # of the module that knows crypt(3)
import crypt  # noqa: E402

import servers
from servers import peers

USER, PASSWORD = "bench", "a password"


def password_file(work):
    """bcrypt as htpasswd makes it, the one slow hash all three know."""
    hashed = crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=32)).replace("$2b$", "$2y$", 1)
    path = os.path.join(work, "users")
    with open(path, "w") as file:
        file.write(f"{USER}:{hashed}\n")
    os.chmod(path, 0o644)
    return path


def certificate(work):
    pair = os.path.join(work, "certificate.pem"), os.path.join(work, "key.pem")
    if not os.path.exists(pair[0]):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", pair[1], "-out", pair[0]], check=True, capture_output=True)
        os.chmod(pair[1], 0o644)
    return pair


class Guarded:
    """The plain port as ever, TLS on another; with `accounts` both ask for the password."""

    def __init__(self, accounts):
        super().__init__()
        self.accounts, self.tls_port = accounts, None

    def command(self):
        self.tls_port = peers.free_port()
        return super().command()

    def _write(self, name, text):
        pair = certificate(self.work)
        text = self.with_tls(text, *pair)
        if self.accounts:
            text = self.with_accounts(text, password_file(self.work))
        return super()._write(name, text)


class Davit(Guarded, servers.Davit):
    setup = servers.Davit.setup + "; tls.certificate, auth.users"

    def with_tls(self, text, chain, key):
        return text + f'[tls]\nlisten = ["127.0.0.1:{self.tls_port}"]\ncertificate = "{chain}"\nkey = "{key}"\n'

    def with_accounts(self, text, users):
        return text + f'[auth]\nusers = "{users}"\n'


class Nginx(Guarded, servers.Nginx):
    setup = servers.Nginx.setup + "; ssl with a shared session cache, auth_basic (which computes the hash for every request)"

    def with_tls(self, text, chain, key):
        return text.replace(f"listen 127.0.0.1:{self.port};", f"""listen 127.0.0.1:{self.port};
        listen 127.0.0.1:{self.tls_port} ssl;
        ssl_certificate {chain};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:1m;""", 1)

    def with_accounts(self, text, users):
        return text.replace("location / {", f'location / {{\n            auth_basic "bench";\n            auth_basic_user_file {users};', 1)


class Apache(Guarded, servers.Apache):
    setup = servers.Apache.setup + "; mod_ssl with a session cache, mod_auth_basic with mod_authn_socache (which keeps the hash, and computes it for every request)"

    def with_tls(self, text, chain, key):
        modules = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in ("ssl", "socache_shmcb"))
        host = re.search(r"<VirtualHost 127\.0\.0\.1:\d+>.*?</VirtualHost>", text, re.S).group(0)
        secure = host.replace(f"127.0.0.1:{self.port}>", f"127.0.0.1:{self.tls_port}>", 1).replace(
            "</VirtualHost>", f"SSLEngine on\nSSLCertificateFile {chain}\nSSLCertificateKeyFile {key}\n</VirtualHost>")
        return modules + text + f"Listen 127.0.0.1:{self.tls_port}\nSSLSessionCache shmcb:{self.work}/tls(512000)\n" + secure + "\n"

    def with_accounts(self, text, users):
        modules = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n" for m in
                          ("authn_core", "authn_file", "authn_socache", "auth_basic", "authz_user"))
        asked = f"""AuthType Basic
        AuthName bench
        AuthBasicProvider socache file
        AuthnCacheProvideFor file
        AuthUserFile {users}
        Require valid-user"""
        return modules + "AuthnCacheEnable\n" + text.replace("Require all granted", asked)


MAKERS = {f"{kind.__name__.lower()}-{what}": (lambda kind=kind, what=what: kind(accounts=what == "accounts"))
          for kind in (Davit, Nginx, Apache) for what in ("tls", "accounts")}


def column(name):
    """Of the report, where a server with TLS or accounts stands below the same one without."""
    return name.removesuffix("-tls").removesuffix("-accounts")


TLS = ("davit-tls", "nginx-tls", "apache-tls")
ACCOUNTS = ("davit-accounts", "nginx-accounts", "apache-accounts")
