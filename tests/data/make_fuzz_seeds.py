"""Seeds of the fuzz targets archive, list, url, robots and address: small files of each kind."""
import gzip
import io
import pathlib
import tarfile

HERE = pathlib.Path(__file__).parent
PIXEL = b"P6 1 1 255\nabc"


def write(folder, name, data):
    (HERE / folder).mkdir(exist_ok=True)
    (HERE / folder / name).write_bytes(data)


def tar(kind, members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, data, how in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = how, "a.ppm" if how in (tarfile.LNKTYPE, tarfile.SYMTYPE) else ""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def archives():
    files = [("a.ppm", PIXEL, tarfile.REGTYPE), ("a.json", b"{}", tarfile.REGTYPE), ("d", b"", tarfile.DIRTYPE),
             ("b.ppm", b"", tarfile.LNKTYPE), ("c.ppm", b"", tarfile.SYMTYPE), ("é" * 60 + ".ppm", PIXEL * 60, tarfile.REGTYPE)]
    for name, kind in (("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        write("archive", name + ".tar", tar(kind, files if name != "ustar" else files[:5]))
    write("archive", "packed.tar.gz", gzip.compress(tar(tarfile.GNU_FORMAT, files), mtime=0))


def lists():
    write("list", "lines", b"\0a.jpg\nfolder/b.jpg\r\n\nhttps://example.org/c.jpg\n")
    write("list", "csv", b'\1path,label\r\n"a,b.jpg",1\r\n"c ""d"".jpg",2\r\n\xef\xbb\xbf,3\r\n')
    write("list", "jsonl", b'\2{"path": "a.jpg", "x": [1, 2.5, null]}\n{"path": "\\u00e9\\udc80.jpg"}\n')
    write("list", "packed", b"\1" + gzip.compress(b"path\nx.jpg\n", mtime=0))


def urls():
    for i, text in enumerate((b"https://user:pw@example.org:8443/a%20b/../c.jpg?token=1&x=2#f\0/d?e=f",
                              b"http://0x7f.1/\0//169.254.169.254/latest", b"http://[::ffff:10.0.0.1]/x\0https:/y",
                              b"http://2130706433/a b\0../..//", b"http://xn--nxasmq6b.example/\xc3\xa9\\?\\\0?q",
                              b"HTTP://LOCALHOST.:80\0http://[fe80::1%25eth0]/")):
        write("url", str(i), text)


def robots():
    write("robots", "groups", b"User-agent: *\nDisallow: /a*b$\nAllow: /a\n\nUser-agent: fovea\nUser-agent: x\n"
                              b"Disallow: /%7Ejoe/\r\nAllow: /*.jpg$ # why\n\0/a/b/c.jpg?d=e")
    write("robots", "marked", b"\xef\xbb\xbfuser-agent:*\ndisallow:\nsitemap: /x\ndisallow: /**/*/y\n\0/%C3%A9/y")


def addresses():
    for text in ("7f000001", "08080808", "00000000000000000000ffff0a000001", "20014860486000000000000000008888"):
        write("address", text, bytes.fromhex(text))


for make in (archives, lists, urls, robots, addresses):
    make()
