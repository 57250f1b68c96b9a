"""Summary ops are TensorFlow 1's: names, tags, messages, pixels, sound, buckets (SEMANTICS 85 to 91).

The expected pixels, bytes and limits are what TensorFlow 2.21's compat.v1 answered.
"""

import io
import wave

import numpy as np
import pytest
from PIL import Image

import tfqueue as tf

LARGEST = float(np.finfo(np.float64).max)


def summary(tensor, feeds=None):
    """The Summary message that a tensor gives."""
    with tf.Session() as session:
        return tf.Summary.FromString(session.run(tensor, feeds))


def tags(tensor):
    return [value.tag for value in summary(tensor).value]


def pixels(array, **arguments):
    """The pixels of the one image that is shown of a batch of one."""
    [value] = summary(tf.summary.image("T", array, max_outputs=1, **arguments)).value
    return np.array(Image.open(io.BytesIO(value.image.encoded_image_string)))


def row(*values, dtype=np.float32):
    """A grey image, one pixel high."""
    return np.array(values, dtype).reshape(1, 1, -1, 1)


def sound(clip, rate=8000.0):
    """The Audio message of one clip."""
    [value] = summary(tf.summary.audio("T", clip, rate, max_outputs=1)).value
    return value.audio


def samples(audio):
    """What a reader of WAV files finds in it: rate, channels, and the samples of each frame."""
    with wave.open(io.BytesIO(audio.encoded_audio_string)) as reader:
        assert reader.getsampwidth() == 2
        found = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
        return reader.getframerate(), reader.getnchannels(), found.reshape(-1, reader.getnchannels()).tolist()


def histo(values):
    [value] = summary(tf.summary.histogram("h", values)).value
    return value.histo


# All summaries -------------------------------------------------------------------------------------------------------

MAKERS = {
    "ScalarSummary": lambda name, **rest: tf.summary.scalar(name, 1.0, **rest),
    "HistogramSummary": lambda name, **rest: tf.summary.histogram(name, [1.0], **rest),
    "ImageSummary": lambda name, **rest: tf.summary.image(name, row(1), **rest),
    "AudioSummaryV2": lambda name, **rest: tf.summary.audio(name, np.zeros((1, 2), np.float32), 8000, **rest),
    "TensorSummaryV2": lambda name, **rest: tf.summary.tensor_summary(name, [1, 2], **rest),
}
SUFFIX = {"ImageSummary": "/image/0", "AudioSummaryV2": "/audio/0"}


@pytest.mark.parametrize("op_type", MAKERS)
def test_a_summary_is_one_string(op_type):
    """SEMANTICS 85: an op of TensorFlow's type that gives `bytes`, of shape []; merging them gives the same."""
    for made, expected in [(MAKERS[op_type]("s"), op_type), (tf.summary.merge_all(), "MergeSummary")]:
        assert (made.op.type, made.dtype, made.shape.as_list()) == (expected, tf.string, [])
        with tf.Session() as session:
            assert isinstance(session.run(made), bytes)


@pytest.mark.parametrize("op_type", MAKERS)
def test_the_tag_is_the_scoped_name(op_type):
    """SEMANTICS 86: with a family the op is `outer/family/inner` and the tag `family/outer/family/inner`."""
    make, suffix = MAKERS[op_type], SUFFIX.get(op_type, "")
    with tf.name_scope("outer"):
        plain, first, second = make("inner"), make("inner", family="fam"), make("inner", family="fam")
    assert (plain.op.name, tags(plain)) == ("outer/inner", [f"outer/inner{suffix}"])
    assert (first.op.name, tags(first)) == ("outer/fam/inner", [f"fam/outer/fam/inner{suffix}"])
    assert (second.op.name, tags(second)) == ("outer/fam/inner_1", [f"fam/outer/fam/inner_1{suffix}"])


@pytest.mark.parametrize("op_type", MAKERS)
def test_illegal_characters_become_underscores_and_leading_slashes_go(op_type):
    """SEMANTICS 86; of the family too."""
    make = MAKERS[op_type]
    assert make("a b:c/d").op.name == "a_b_c/d"
    assert make("///lead").op.name == "lead"
    assert make("x", family="fam ily").op.name == "fam_ily/x"


# Images --------------------------------------------------------------------------------------------------------------


def test_the_tags_of_images_go_by_how_many_may_come():
    """SEMANTICS 87: `T/image/0..`, just `T/image` when max_outputs is 1, not when one came."""
    five = np.zeros((5, 1, 1, 1), np.uint8)
    assert tags(tf.summary.image("T", five)) == ["T/image/0", "T/image/1", "T/image/2"]
    assert tags(tf.summary.image("U", five, 1)) == ["U/image"]
    assert tags(tf.summary.image("V", five[:1])) == ["V/image/0"]
    assert tags(tf.summary.image("W", five[:0])) == []


@pytest.mark.parametrize("depth", [1, 3, 4])
def test_bytes_are_shown_as_they_are(depth):
    """SEMANTICS 87: PNG, with height, width, and the depth as colorspace."""
    batch = np.arange(2 * 2 * 3 * depth, dtype=np.uint8).reshape(2, 2, 3, depth)
    for value, expected in zip(summary(tf.summary.image("T", batch)).value, batch, strict=True):
        shown = value.image
        assert (shown.height, shown.width, shown.colorspace) == (2, 3, depth)
        assert shown.encoded_image_string.startswith(b"\x89PNG")
        found = np.array(Image.open(io.BytesIO(shown.encoded_image_string)))
        np.testing.assert_array_equal(found.reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0, 1, 2, 3.3, 5], [0, 51, 102, 168, 255]),
        ([-4, -1, 0, 1, 2, 3], [1, 96, 128, 159, 191, 223]),
        ([-1, 3, 2.99], [85, 255, 254]),
        ([1e38, 3e38, 0], [85, 255, 0]),
        ([0, 0], [0, 0]),
        ([0, 5e-7], [0, 0]),
        ([-5e-7, 5e-7], [128, 128]),
    ],
)
def test_floats_are_scaled(values, shown):
    """SEMANTICS 87: no negatives, 255/max; else 127/max|x| + 128; truncated; nothing is made of next to nothing."""
    assert pixels(row(*values)).ravel().tolist() == shown


@pytest.mark.parametrize(
    ("dtype", "shown"),
    [
        (np.float16, [111, 133, 161, 177, 255]),
        (np.float32, [111, 132, 160, 177, 255]),
        (np.float64, [111, 132, 160, 177, 255]),
    ],
)
def test_every_type_of_float_is_scaled_in_itself(dtype, shown):
    """SEMANTICS 87: half, single and double precision, each with its own rounding."""
    assert pixels(row(-1, 0.3, 2, 3, 7.7, dtype=dtype)).ravel().tolist() == shown


def test_the_darkest_halves_are_scaled_too():
    """Where TensorFlow's scale leaves half precision and the image is lost (SEMANTICS 87, kinder)."""
    assert pixels(row(0, 1e-3, 5e-4, dtype=np.float16)).ravel().tolist() == [0, 255, 127]


def test_each_image_has_a_scale_of_its_own():
    """SEMANTICS 87: one at a time."""
    batch = np.array([[1, 2], [10, 40]], np.float32).reshape(2, 1, 2, 1)
    shown = [value.image.encoded_image_string for value in summary(tf.summary.image("T", batch)).value]
    assert [np.array(Image.open(io.BytesIO(png))).ravel().tolist() for png in shown] == [[127, 255], [63, 255]]


def test_what_is_no_number_is_red():
    """SEMANTICS 87: a pixel with NaN or an infinity is (255, 0, 0, 255) cut to depth, and out of the maximum."""
    assert pixels(row(-1, 3, np.nan, np.inf, -np.inf)).ravel().tolist() == [85, 255, 255, 255, 255]
    assert pixels(row(np.nan, np.nan)).ravel().tolist() == [255, 255]
    three = np.array([[[[1, 2, np.nan], [1, 2, 4]]]], np.float32)
    assert pixels(three).tolist() == [[[255, 0, 0], [63, 127, 255]]]
    four = np.array([[[[1, 2, np.nan, 100], [1, 2, 4, 5]]]], np.float32)
    assert pixels(four).tolist() == [[[255, 0, 0, 255], [51, 102, 204, 255]]]


def test_other_numbers_are_shown_as_floats():
    """As TensorFlow converts them, unless they are tensors (SEMANTICS 87)."""
    for values in (row(0, 1, 2, dtype=np.int32), row(0, 1, 2, dtype=np.int64), [[[[0], [1], [2]]]]):
        assert pixels(values).ravel().tolist() == [0, 127, 255]
    with pytest.raises(TypeError, match="'tensor' has DataType int32 not in list of allowed values"):
        tf.summary.image("T", tf.constant(row(1, dtype=np.int32)))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 1, 1, 2), r"Tensor must be 4-D with last dim 1, 3, or 4, not \[1,1,1,2\]"),
        ((1, 1, 2), r"Tensor must be 4-D with last dim 1, 3, or 4, not \[1,1,2\]"),
        ((1, 0, 3, 1), r"input tensor must have non-zero dims. Found: \[1, 0, 3, 1\]."),
    ],
)
def test_what_is_no_image_fails_when_it_runs(shape, words):
    """SEMANTICS 87, with TensorFlow's words."""
    fed = tf.placeholder(tf.uint8)
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        summary(tf.summary.image("T", fed), {fed: np.zeros(shape, np.uint8)})


def test_no_outputs_are_refused():
    """ValueErrors for fewer than one, TypeErrors for no number (SEMANTICS 87, 88)."""
    with pytest.raises(ValueError, match="'max_images' of 'ImageSummary' Op passed 0 less than minimum 1"):
        tf.summary.image("T", row(1), max_outputs=0)
    with pytest.raises(ValueError, match="'max_outputs' of 'AudioSummaryV2' Op passed -1 less than minimum 1"):
        tf.summary.audio("T", [[0.0]], 8000, max_outputs=-1)
    with pytest.raises(TypeError, match="Expected int for argument 'max_images' not '3'"):
        tf.summary.image("T", row(1), max_outputs="3")


# Sound ---------------------------------------------------------------------------------------------------------------


def test_the_tags_of_sound_go_by_how_many_may_come():
    """SEMANTICS 88: `T/audio/0..`, just `T/audio` when max_outputs is 1."""
    four = np.zeros((4, 2, 3), np.float32)
    assert tags(tf.summary.audio("T", four, 8000)) == ["T/audio/0", "T/audio/1", "T/audio/2"]
    assert tags(tf.summary.audio("U", four, 8000, 1)) == ["U/audio"]


def test_sound_is_a_wav_file():
    """SEMANTICS 88: 16 bits, with content_type, sample_rate, num_channels, length_frames; the file to the byte."""
    audio = sound(np.array([[[0, 0.5], [-0.5, 1]]], np.float32), 44100.7)
    assert (audio.content_type, audio.num_channels, audio.length_frames) == ("audio/wav", 2, 2)
    assert audio.sample_rate == pytest.approx(44100.7)
    head = b"RIFF,\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00E\xac\x00\x00\x14\xb1\x02\x00\x04\x00\x10\x00"
    assert audio.encoded_audio_string == head + b"data\x08\x00\x00\x00\x00\x00\x00\x40\x00\xc0\xff\x7f"


def test_two_dimensions_are_one_channel():
    """SEMANTICS 88: [batch, frames] is mono; what is beyond 1 is cut off, halves go away from 0, NaN is silence."""
    half = 0.5 / 32768
    clip = np.array([[0, 1, -1, 2, -2, 3 * half, 5 * half, -3 * half, np.nan, np.inf]], np.float32)
    rate, channels, found = samples(sound(clip, tf.constant(8000.0)))
    assert (rate, channels) == (8000, 1)
    assert np.ravel(found).tolist() == [0, 32767, -32768, 32767, -32768, 2, 3, -2, 0, 32767]
    assert samples(sound(np.zeros((1, 0, 2), np.float32))) == (8000, 2, [])


@pytest.mark.parametrize(
    ("shape", "rate", "words"),
    [
        ((2,), 8000.0, r"Tensor must be 3-D or 2-D, got: \[2\]"),
        ((1, 2), 0.0, "sample_rate must be > 0"),
        ((1, 2), np.nan, "sample_rate must be > 0"),
        ((1, 2), 1e10, r"sample_rate must be in \(0, 2\^32\)"),
        ((1, 2), [1.0, 2.0], "sample_rate must be rank-0 or contain a single value"),
        ((1, 2, 0), 8000.0, r"num_channels must be in \(0, 2\^16\), got: 0"),
    ],
)
def test_what_is_no_sound_fails_when_it_runs(shape, rate, words):
    """SEMANTICS 88, with TensorFlow's words."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        sound(np.zeros(shape, np.float32), rate)


# Histograms, and summaries of summaries ------------------------------------------------------------------------------


def test_a_histogram_has_tensorflows_buckets():
    """SEMANTICS 89: runs of empty buckets are one, the last limit is always the largest double."""
    found = histo([10.0])
    assert list(found.bucket_limit) == [9.9380949028808026, 10.931904393168884, LARGEST]
    assert list(found.bucket) == [0, 1, 0]
    assert (found.min, found.max, found.num, found.sum, found.sum_squares) == (10, 10, 1, 10, 100)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"])
def test_a_histogram_takes_all_number_types(dtype):
    """SEMANTICS 89."""
    found = histo(np.arange(4, dtype=dtype))
    assert (found.num, found.sum, found.sum_squares) == (4, 6, 14)


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.nan, "Nan in summary histogram for: h"), (np.inf, "Infinity in Histogram for: h"), (-np.inf, "Infinity")],
)
def test_a_histogram_of_what_is_no_number_fails(value, words):
    """SEMANTICS 89; the op is named."""
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        histo(np.array([1.0, value], np.float32))


def test_equal_tags_do_not_merge():
    """SEMANTICS 90; images of one op have tags of their own."""
    one = tf.summary.scalar("a", 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Duplicate tag a found in summary inputs"):
        summary(tf.summary.merge([one, one]))
    images = tf.summary.image("b", np.zeros((2, 1, 1, 1), np.uint8))
    assert tags(tf.summary.merge([images, one])) == ["b/image/0", "b/image/1", "a"]


def test_merge_all_has_what_was_collected_in_the_order_made():
    """SEMANTICS 90: of every kind, of the collection and scope that are asked for; None when there are none."""
    assert tf.summary.merge_all() is None
    for op_type, make in MAKERS.items():
        make(op_type, collections=["mine"] if op_type == "ScalarSummary" else None)
    names = [op_type + SUFFIX.get(op_type, "") for op_type in MAKERS]
    assert tags(tf.summary.merge_all()) == names[1:]
    assert tags(tf.summary.merge_all("mine")) == names[:1]
    assert tags(tf.summary.merge_all(scope="Audio")) == ["AudioSummaryV2/audio/0"]
    assert tf.summary.merge_all(scope="udio") is None


def test_a_scalar_of_a_vector_fails_when_it_runs():
    """SEMANTICS 90, with TensorFlow's words."""
    fed = tf.placeholder(tf.float32)
    vectors = [(tf.summary.scalar("a", [1.0, 2.0]), {}, "[2]"), (tf.summary.scalar("b", fed), {fed: [[1.0]]}, "[1,1]")]
    for tensor, feeds, shape in vectors:
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            summary(tensor, feeds)
        tag = tensor.op.name
        assert f"tags and values are not the same shape: [] != {shape} (tag '{tag}')" in caught.value.message


# Tensors and text ----------------------------------------------------------------------------------------------------


def test_text_is_a_tensor_for_the_text_plugin():
    """SEMANTICS 91: strings of any shape."""
    fed = tf.placeholder(tf.string)
    made = tf.summary.text("T", fed, collections=["mine"])
    assert tf.get_collection("mine") == [made]
    for strings in (b"one", [b"a", b"b\0"], [[b"a"], [b"b"]]):
        [value] = summary(made, {fed: np.array(strings, object)}).value
        assert (value.tag, value.metadata.plugin_data.plugin_name) == ("T", "text")
        assert tf.make_ndarray(value.tensor).tolist() == strings


@pytest.mark.parametrize("made", [lambda: tf.constant(1), lambda: "a string", lambda: np.array([b"a"], object)])
def test_text_needs_a_tensor_of_strings(made):
    """SEMANTICS 91: ValueError."""
    with pytest.raises(ValueError, match=r"Expected tensor .* to have dtype string, got"):
        tf.summary.text("T", made())


@pytest.mark.parametrize(
    "value",
    [np.arange(6).reshape(2, 3), np.float16(1.5), np.array([True, False]), np.array([1j, 2]), np.zeros((0, 3))],
)
def test_a_tensor_is_summarised_as_it_is(value):
    """SEMANTICS 91: every type and shape comes back."""
    [found] = summary(tf.summary.tensor_summary("T", value)).value
    array = tf.make_ndarray(found.tensor)
    assert (array.dtype, array.shape, array.tolist()) == (value.dtype, value.shape, value.tolist())


def test_explicit_arguments_beat_the_metadatas():
    """SEMANTICS 91; the caller's message stays as it is."""
    plugin = tf.SummaryMetadata.PluginData(plugin_name="mine", content=b"how")
    given = tf.SummaryMetadata(display_name="theirs", summary_description="long", plugin_data=plugin)
    [kept] = summary(tf.summary.tensor_summary("T", 1.0, summary_metadata=given)).value
    assert kept.metadata == given
    beaten = tf.summary.tensor_summary("U", 1.0, "short", summary_metadata=given, display_name="ours")
    [value] = summary(beaten).value
    assert (value.tag, value.metadata.display_name, value.metadata.summary_description) == ("U", "ours", "short")
    assert value.metadata.plugin_data == plugin
    assert given.display_name == "theirs"
