"""A MOVE that replaces: a reader of the source sees it or nothing, never what it replaces; a reader of the Destination the old or the new."""
import threading

from davit import Case, main

ROUNDS = 150


class Replaced(Case):
    config = "[storage]\ndurable = false\n"

    def collection(self, path, content):
        aside = path + ".making"
        self.expect(201, "MKCOL", aside)
        self.put(aside + "/f", content)
        self.expect(201, "MOVE", aside, {"Destination": path})

    def check(self, make, suffix):
        source, to = self.dir + "/source", self.dir + "/to"
        for turn in range(ROUNDS):
            make(to, b"old")
            make(source, b"new")
            seen = {"source": [], "to": []}
            go = threading.Barrier(3)

            def read(path, into):
                connection = self.server.connect()
                go.wait()
                while not into or into[-1] in (b"new", b"old"):
                    answer = self.request("GET", path + suffix, connection=connection)
                    into.append(answer.body if answer.status == 200 else answer.status)
                    if path == to and into[-1] == b"new":
                        break
                connection.close()

            threads = [threading.Thread(target=read, args=(source, seen["source"])), threading.Thread(target=read, args=(to, seen["to"]))]
            for thread in threads:
                thread.start()
            go.wait()
            self.expect(204, "MOVE", source, {"Destination": to})
            for thread in threads:
                thread.join()
            self.assertLessEqual(set(seen["source"]), {b"new", 404}, f"round {turn}")
            self.assertLessEqual(set(seen["to"]), {b"new", b"old"}, f"round {turn}")
            self.assertEqual(self.get(to + suffix), b"new")
            self.expect(204, "DELETE", to)

    def test_readers_of_a_collection_that_replaces_another(self):
        self.check(self.collection, "/f")

    def test_readers_of_a_file_that_replaces_another(self):
        self.check(self.put, "")


class ReplacedWithTrash(Replaced):
    config = Replaced.config + '[trash]\nkeep = "7d"\n'


if __name__ == "__main__":
    main()
