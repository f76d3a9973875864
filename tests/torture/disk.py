"""What a power cut leaves of files: the synced things, and of the others what the medium happened to have done.

POSIX promises no more than that. Data of a file: fsync and fdatasync. Names in a folder: fsync of the folder. Of names
that were not synced, a folder has those up to some moment, as journaling file systems do; of data that was not synced,
sectors may be there in any combination, and a size may be there without its data (as zeros)."""
import shutil
from pathlib import Path

SECTOR = 512


def read_record(path):
    """The entries (kind, number, paths, bytes) that the library of faults has kept."""
    entries = []
    with open(path, "rb") as record:
        for line in record:
            kind, number, size, paths = line.decode("utf-8", "surrogateescape").rstrip("\n").split(" ", 3)
            entries.append((kind, int(number), paths.split("\t"), record.read(int(size))))
    return entries


class File:
    """Synced bytes, and the writes and sizes since then, in their order."""

    def __init__(self, data=b""):
        self.synced, self.pending = data, []

    def sync(self):
        self.synced = self.apply(self.pending)
        self.pending = []

    def apply(self, changes):
        data = bytearray(self.synced)
        for kind, number, added in changes:
            if kind == "truncate":
                del data[number:]
                data.extend(bytes(number - len(data)))
            else:
                data.extend(bytes(max(0, number - len(data))))
                data[number:number + len(added)] = added
        return bytes(data)

    def survivor(self, chance):
        """None of the pending changes, all before a moment, or sectors as they come."""
        way = chance.choice(("none", "prefix", "sectors", "all"))
        if way == "none":
            return self.synced
        if way == "all":
            return self.apply(self.pending)
        changes = self.pending[:chance.randint(0, len(self.pending))]
        if way == "sectors":
            return self.apply([part for change in changes for part in self.sectors(change, chance)])
        if changes and changes[-1][0] == "write":
            kind, number, added = changes[-1]
            changes[-1] = kind, number, added[:chance.randint(0, len(added))]
        return self.apply(changes)

    @staticmethod
    def sectors(change, chance):
        kind, number, added = change
        if kind == "truncate":
            return [change]
        end = number + len(added)
        cuts = [number, *range(number // SECTOR * SECTOR + SECTOR, end, SECTOR), end]
        kept = [(kind, a, added[a - number:b - number]) for a, b in zip(cuts, cuts[1:]) if chance.random() < 0.5]
        # The size may be there without the data.
        grown = [(kind, end - 1, b"\0")] if chance.random() < 0.5 and not any(a + len(c) == end for _, a, c in kept) else []
        return grown + kept


class Disk:
    """Folders and files under `root` as they are, and as they are sure to be after a power cut."""

    def __init__(self, root):
        self.root = Path(root)
        self.now = {}  # path: File, or None for a folder
        for path in sorted(self.root.rglob("*")):
            self.now[str(path)] = File(path.read_bytes()) if path.is_file() else None
        self.sure = dict(self.now)
        self.names = []  # changes of names since they were synced: (kind, paths, File)

    def apply(self, entries):
        for kind, number, paths, data in entries:
            path = paths[-1]
            if kind in ("write", "truncate"):
                if path in self.now:  # else it has no name any more
                    self.now[path].pending.append((kind, number, data))
            elif kind == "sync":
                self.sync(path)
            elif kind == "syncfs":
                for file in self.now.values():
                    if file:
                        file.sync()
                self.make_sure(self.names)
            elif kind != "create" or path not in self.now:
                change = kind, paths, File() if kind == "create" else None
                self.names.append(change)
                self.change(self.now, change)
        return self

    def sync(self, path):
        if self.now.get(path):
            self.now[path].sync()
        elif path == str(self.root) or path in self.now:
            self.make_sure([change for change in self.names if path in self.folders(change)])

    def make_sure(self, changes):
        for change in list(changes):
            self.change(self.sure, change)
            self.names.remove(change)

    @staticmethod
    def folders(change):
        return {str(Path(path).parent) for path in change[1]}

    @staticmethod
    def change(names, change):
        kind, paths, file = change
        if kind in ("create", "mkdir"):
            names[paths[0]] = file
        elif kind == "unlink":
            names.pop(paths[0], None)
        elif kind == "link":
            names[paths[1]] = names[paths[0]]
        elif kind == "rename" and paths[0] in names:
            names[paths[1]] = names.pop(paths[0])

    def survivors(self, chance):
        """Names and bytes after a cut: without `chance` the least that is sure."""
        names = dict(self.sure)
        if chance:
            late = set()  # folders that had no more of their changes
            stop = chance.randint(0, len(self.names))
            for number, change in enumerate(self.names):
                if self.folders(change) & late or number >= stop or chance.random() < 0.1:
                    late |= self.folders(change)
                else:
                    self.change(names, change)
        return {path: file and (file.survivor(chance) if chance else file.synced) for path, file in names.items()}

    def leave(self, chance=None):
        """Puts the survivors under the root."""
        shutil.rmtree(self.root)
        self.root.mkdir()
        survivors = self.survivors(chance)
        for path in sorted(survivors):
            if not Path(path).parent.exists():
                continue  # its folder is gone
            if survivors[path] is None:
                Path(path).mkdir()
            else:
                Path(path).write_bytes(survivors[path])
