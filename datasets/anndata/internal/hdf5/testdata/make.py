"""Files that every kind of structure occurs in, for the tests of package hdf5.

h5py 3.16.0 with HDF5 2.0.0, numpy 2.x:  python make.py

Element i of each dataset of numbers is i (the linear index), so that tests
need no list of values; what is otherwise is said in the test.
"""
import os

import h5py
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))


def values(shape, kind):
    n = int(np.prod(shape))
    return (np.arange(n) % (120 if np.dtype(kind).itemsize == 1 else 2000 if np.dtype(kind).itemsize == 2 else n + 1)).astype(kind).reshape(shape)


def grow(f, name, shape, chunks, maxshape, kind="<i4", **how):
    d = f.create_dataset(name, shape=shape, dtype=kind, chunks=chunks, maxshape=maxshape, **how)
    d[...] = values(shape, kind)


def indices(libver, name):
    """One dataset for each chunk index, with and without filters."""
    with h5py.File(os.path.join(here, name), "w", libver=libver) as f:
        for tag, how in [("plain", {}), ("gzip", dict(compression="gzip", shuffle=True))]:
            grow(f, f"single-{tag}", (7, 5), (7, 5), (7, 5), **how)
            grow(f, f"fixed-{tag}", (7, 5), (2, 3), (7, 5), **how)
            grow(f, f"fixed-room-{tag}", (7, 5), (2, 3), (11, 9), **how)
            grow(f, f"extensible-{tag}", (30, 5), (2, 3), (None, 7), **how)
            grow(f, f"extensible-second-{tag}", (5, 30), (3, 2), (7, None), **how)
            grow(f, f"tree-{tag}", (9, 31), (2, 3), (None, None), **how)
        if libver == "earliest":  # a tree of three levels would take 4096 chunks
            grow(f, "tree-two", (70,), (1,), (None,), kind="<i2")
        else:  # pages of 1024 entries, and super blocks; small chunks keep the file small
            grow(f, "fixed-paged", (2100,), (1,), (2100,), kind="<i2")
            grow(f, "extensible-super", (1500,), (1,), (None,), kind="<i2")
            grow(f, "tree-deep", (60, 25), (1, 1), (None, None), kind="<i2")
        d = h5py.h5p.create(h5py.h5p.DATASET_CREATE)  # early allocation gives the implicit index
        d.set_chunk((2, 3))
        d.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        s = h5py.h5s.create_simple((7, 5), (8, 6))
        i = h5py.h5d.create(f.id, b"implicit", h5py.h5t.STD_I32LE, s, d)
        i.write(h5py.h5s.ALL, h5py.h5s.ALL, values((7, 5), "<i4"))
        d = f.create_dataset("holes", shape=(10, 4), dtype="<f4", chunks=(2, 4), fillvalue=-1.5)
        d[4:6] = values((2, 4), "<f4")
        f.create_dataset("never", shape=(3,), dtype="<i4", fillvalue=7)


def paged(name):
    """An extensible array whose data blocks have pages: more than 100 000 chunks, most of them never written."""
    with h5py.File(os.path.join(here, name), "w", libver="latest") as f:
        d = f.create_dataset("far", shape=(120000,), dtype="i1", chunks=(1,), maxshape=(None,))
        d[70000] = 70
        d[119999] = 99


def kinds(name):
    with h5py.File(os.path.join(here, name), "w", libver="earliest") as f:
        for kind in ["|i1", "|u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8",
                     "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
            f["numbers/" + kind.replace("<", "le-").replace(">", "be-").replace("|", "")] = values((6, 4), kind)
        f["edges"] = np.array([0, -0.0, 1, -2, 6.103515625e-05, 5.960464477539063e-08, 65504, np.inf, -np.inf, np.nan], "<f2")
        f["limits"] = np.array([-(2**63), 2**63 - 1], "<i8")
        f["above"] = np.array([2**64 - 1], "<u8")
        f["bools"] = np.array([True, False, True])
        f["colours"] = np.array([2, 0, 1, 2], dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": 2}, basetype="i1"))
        f["scalar"] = np.float64(2.5)
        f["empty"] = h5py.Empty("f4")
        f["none"] = np.zeros((0, 3), "f4")
        f["text"] = np.array(["", "a", "ä", "long " * 20, "end"], dtype=object)
        f["text-scalar"] = "alone"
        f["text-fixed"] = np.array([b"one", b"three", b""], dtype="S5")
        t = h5py.h5t.C_S1.copy()
        t.set_size(4)
        t.set_strpad(h5py.h5t.STR_SPACEPAD)
        d = h5py.h5d.create(f.id, b"text-spaces", t, h5py.h5s.create_simple((2,)))
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab  ", b"abcd"], dtype="S4"))
        t.set_strpad(h5py.h5t.STR_NULLTERM)
        d = h5py.h5d.create(f.id, b"text-null-terminated", t, h5py.h5s.create_simple((2,)))
        d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab", b"abc"], dtype="S4"))
        f.create_dataset("text-chunked", data=np.array([f"cell {i}" for i in range(50)], dtype=object), chunks=(7,), compression="gzip")
        rows = np.zeros(5, dtype=[("name", h5py.string_dtype()), ("count", "<i4"), ("value", ">f8"), ("fixed", "S3")])
        rows["name"], rows["count"], rows["value"], rows["fixed"] = [f"n{i}" for i in range(5)], range(5), np.arange(5) / 4, b"xy"
        f["compound"] = rows
        f.create_dataset("compound-chunked", data=rows, chunks=(2,), compression="gzip")
        s = f.create_dataset("ragged", (2,), dtype=h5py.vlen_dtype("i4"))
        s[0], s[1] = [1, 2], [3]
        f["arrays"] = np.zeros(2, dtype=[("a", "i4", (3,))])
        f["complex"] = np.zeros(2, dtype="c8")
        f["named"] = np.dtype("<i4")
        f.create_dataset("of-named", data=np.arange(4), dtype=f["named"])
        f["soft"] = h5py.SoftLink("/numbers/le-f4")
        f["soft-relative"] = h5py.SoftLink("numbers/le-i2")
        f["circle"] = h5py.SoftLink("/circle")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["outside"] = h5py.ExternalLink("other.h5", "/x")
        g = f.create_group("attributes")
        g.attrs["text"] = "ä text"
        g.attrs["texts"] = np.array(["a", "bb"], dtype=object)
        g.attrs["fixed"] = np.bytes_("bytes")
        g.attrs["numbers"] = np.array([3, 1, 2], "<i8")
        g.attrs["real"] = 0.5
        g.attrs["bool"] = True
        g.attrs["empty"] = h5py.Empty("f4")
        g.attrs["reference"] = f["scalar"].ref
        g.attrs.create("of-named", 5, dtype=f["named"])


def filters(name):
    x = values((40, 3), "<f4")
    with h5py.File(os.path.join(here, name), "w", libver="earliest") as f:
        f.create_dataset("gzip", data=x, chunks=(7, 2), compression="gzip")
        f.create_dataset("gzip-shuffle", data=x, chunks=(7, 2), compression="gzip", shuffle=True)
        f.create_dataset("shuffle8", data=x.astype("<f8"), chunks=(7, 2), shuffle=True)
        f.create_dataset("fletcher", data=x, chunks=(7, 2), fletcher32=True)
        f.create_dataset("fletcher-odd", data=x.astype("i1"), chunks=(7, 3), fletcher32=True)
        f.create_dataset("all", data=x, chunks=(7, 2), compression="gzip", shuffle=True, fletcher32=True)
        f.create_dataset("lzf", data=x, chunks=(40, 3), compression="lzf")
        f.create_dataset("lzf-shuffle", data=x, chunks=(20, 3), compression="lzf", shuffle=True)
        f.create_dataset("lzf-repeats", data=np.repeat(np.arange(4, dtype="<i4"), 500), chunks=(2000,), compression="lzf")
        f.create_dataset("lzf-random", data=np.random.default_rng(0).integers(0, 256, 600).astype("u1"), chunks=(600,), compression="lzf")
        f.create_dataset("lzf-text", data=np.frombuffer(b"the quick brown fox, the quick brown dog, the slow brown fox " * 8, "u1"), chunks=(488,), compression="lzf")
        f.create_dataset("scaleoffset", data=x.astype("<i4"), chunks=(7, 3), scaleoffset=0)
        d = h5py.h5p.create(h5py.h5p.DATASET_CREATE)  # a filter that the writer could not apply leaves its bit in the mask
        d.set_chunk((4,))
        d.set_deflate(6)
        s = h5py.h5d.create(f.id, b"masked", h5py.h5t.STD_I32LE, h5py.h5s.create_simple((8,)), d)
        s.write_direct_chunk((0,), np.arange(4, dtype="<i4").tobytes(), filter_mask=1)
        s.write_direct_chunk((4,), __import__("zlib").compress(np.arange(4, 8, dtype="<i4").tobytes()), filter_mask=0)


def groups(libver, name, members=40, attributes=30):
    """Groups and attributes beyond what object headers hold."""
    with h5py.File(os.path.join(here, name), "w", libver=libver) as f:
        g = f.create_group("many", track_order=libver == "latest")
        for i in range(members):
            g[f"member {i:03d}"] = np.int32(i) if i < 20 else g[f"member {i % 20:03d}"]
        for i in range(attributes):
            g.attrs[f"attribute {i:03d}"] = np.int64(i) if i % 2 else f"text {i}"
        g.attrs["long"] = np.arange(3000, dtype="<i8") if libver == "latest" else np.arange(3000, dtype="<i2")
        f.create_group("none")


def userblock(name):
    with h5py.File(os.path.join(here, name), "w", userblock_size=1024) as f:
        f["x"] = values((3, 2), "<f4")


indices("earliest", "indices-old.h5")
indices("v110", "indices-v110.h5")
indices("latest", "indices-latest.h5")
paged("paged.h5")
kinds("kinds.h5")
filters("filters.h5")
groups("earliest", "groups-old.h5")
groups("v110", "groups-v110.h5")
groups("latest", "groups-latest.h5", members=1500)
userblock("userblock.h5")
print(h5py.version.info)
