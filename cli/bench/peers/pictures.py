"""Part of the peers: decoding of files, and preparation of pictures for a network (256, 224, ImageNet's mean and std)."""
import io
import multiprocessing

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CROP, SIDE = 224, 256


def read(paths):
    contents = []
    for path in paths:
        with open(path, "rb") as file:
            contents.append(file.read())
    return contents


def pillow_open(data, eighths=8):
    picture = pil.open(io.BytesIO(data))
    if eighths < 8:
        picture.draft("RGB", tuple(-(-side * eighths // 8) for side in picture.size))
    return picture.convert("RGB")


def decoding(case, loop):
    files, eighths, calls = read(case["files"]), case["eighths"], {}

    def all_of(decode):
        def call():
            for data in files:
                decode(data)
        return call

    if pil:
        calls["Pillow"] = all_of(lambda data: pillow_open(data, eighths).load())
    if cv2 and np:
        flag = {8: cv2.IMREAD_COLOR, 4: cv2.IMREAD_REDUCED_COLOR_2, 2: cv2.IMREAD_REDUCED_COLOR_4,
                1: cv2.IMREAD_REDUCED_COLOR_8}[eighths]
        calls["cv2"] = all_of(lambda data: cv2.imdecode(np.frombuffer(data, np.uint8), flag))
    vision = torch and need("torchvision.io", "torchvision")
    if vision and eighths == 8:
        rgb = vision.ImageReadMode.RGB
        calls["torchvision"] = all_of(
            lambda data: vision.decode_image(torch.frombuffer(bytearray(data), dtype=torch.uint8), rgb))
    return calls


def torchvision_transforms():
    transforms = torch and need("torchvision.transforms", "torchvision")
    return transforms and transforms.Compose([transforms.Resize(SIDE), transforms.CenterCrop(CROP), transforms.ToTensor(),
                                              transforms.Normalize(MEAN, STD)])


def cv2_prepare(picture, way):
    """As a careful user writes it: the normalised value of every byte by a table, a channel at a time."""
    rows, columns = picture.shape[:2]
    if columns < rows:
        columns, rows = SIDE, max(SIDE, rows * SIDE // columns)
    else:
        columns, rows = max(SIDE, columns * SIDE // rows), SIDE
    picture = cv2.resize(picture, (columns, rows), interpolation=way)
    top, left = (rows - CROP) // 2, (columns - CROP) // 2
    picture = picture[top:top + CROP, left:left + CROP]
    out = np.empty((3, CROP, CROP), np.float32)
    for c in range(3):
        cv2.LUT(cv2.extractChannel(picture, c), TABLES[c], dst=out[c])
    return out


TABLES = [((np.arange(256) / 255 - m) / s).astype(np.float32) for m, s in zip(MEAN, STD)] if np else []


def pixels(case, loop):
    x, calls = values(case["shape"], case["dtype"]), {}
    use_threads(case["threads"])
    on_leaving(lambda: use_threads(THREADS))
    compose = torchvision_transforms()
    if compose and pil:
        image = pil.fromarray(x)
        calls["Pillow and torchvision"] = lambda: compose(image)
    if cv2:
        calls["cv2 LINEAR"] = lambda: cv2_prepare(x, cv2.INTER_LINEAR)
        calls["cv2 AREA"] = lambda: cv2_prepare(x, cv2.INTER_AREA)
    return calls


def reduced(data, fast):
    """OpenCV's flag for the smallest picture that has 256 pixels on its shorter side."""
    if not fast:
        return cv2.IMREAD_COLOR
    side = min(pil.open(io.BytesIO(data)).size)
    for factor, flag in ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4),
                         (2, cv2.IMREAD_REDUCED_COLOR_2)):
        if side >= SIDE * factor:
            return flag
    return cv2.IMREAD_COLOR


def pillow_file(data):
    picture = pil.open(io.BytesIO(data))
    if shared["fast"]:
        picture.draft("RGB", tuple(side * SIDE // min(picture.size) for side in picture.size))
    return shared["compose"](picture.convert("RGB"))


def cv2_file(data):
    return cv2_prepare(cv2.imdecode(np.frombuffer(data, np.uint8), reduced(data, shared["fast"])), cv2.INTER_LINEAR)


shared = {}  # what the processes of a pool find in their memory


def one_of_many(job):
    function, i = job
    globals()[function](shared["files"][i])


def use_threads(count):
    if torch:
        torch.set_num_threads(count)
    if cv2:
        cv2.setNumThreads(count)


def files(case, loop):
    shared.update(files=read(case["files"]), fast=case["fast"], compose=torchvision_transforms())
    pool = multiprocessing.get_context("fork").Pool(THREADS, use_threads, (1,))
    on_leaving(pool.terminate)
    count, calls = len(shared["files"]), {}

    def on_all(function):
        jobs = [(function, i) for i in range(count)]
        return lambda: pool.map(one_of_many, jobs, max(1, count // (8 * THREADS)))

    if shared["compose"] and pil:
        calls["Pillow and torchvision"] = on_all("pillow_file")
    if cv2 and pil:
        calls["cv2 LINEAR"] = on_all("cv2_file")
    return calls


SUBJECTS["decode"] = decoding
SUBJECTS["prepare"] = lambda case, loop: {"pixels": pixels, "files": files}[case["kind"]](case, loop)
