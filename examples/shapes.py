"""Noisy pictures of discs and squares and the masks to learn, each drawn from its number."""

import tensorflow as tf

CLASSES = ("background", "disc", "square")
SIDE = 64
_SHAPES, _SEED = 4, 20
# Numbers from here on are never trained on.
FIRST_HELD_OUT = 1 << 30


def render(number):
    """Draws one picture. The same number gives the same picture on every machine and thread.

    Args:
        number: the picture's number, an int64 scalar.

    Returns:
        picture float32 `[SIDE, SIDE, 3]`, about 0 to 1; mask int32 `[SIDE, SIDE]`, of `CLASSES`.
    """

    def random(stream, shape, low=0.0, high=1.0):
        seed = tf.stack([number, tf.constant(_SEED + stream, tf.int64)])
        return tf.random.stateless_uniform(shape, seed, low, high)

    axis = tf.range(SIDE, dtype=tf.float32)
    centers, radii = random(0, (_SHAPES, 2), 8.0, SIDE - 8.0), random(1, (_SHAPES,), 4.0, 13.0)
    colors, kinds = random(2, (_SHAPES, 3), 0.4, 1.0), random(3, (_SHAPES,))
    picture = tf.broadcast_to(random(4, (3,), 0.0, 0.4), (SIDE, SIDE, 3))
    mask = tf.zeros((SIDE, SIDE), tf.int32)
    for shape in range(_SHAPES):
        down = tf.abs(axis - centers[shape, 0])[:, None]
        across = tf.abs(axis - centers[shape, 1])[None, :]
        is_disc = kinds[shape] < 0.5
        distance = tf.where(is_disc, tf.sqrt(down**2 + across**2), tf.maximum(down, across))
        inside = distance < radii[shape]
        mask = tf.where(inside, tf.where(is_disc, 1, 2), mask)
        picture = tf.where(inside[..., None], colors[shape], picture)
    seed = tf.stack([number, tf.constant(_SEED - 1, tf.int64)])
    return picture + tf.random.stateless_normal((SIDE, SIDE, 3), seed, 0.0, 0.15), mask


def pictures(first, last, batch, shard=0, shards=1):
    """Returns a dataset of batches, in order, of the pictures from first to last, exclusive.

    Args:
        first: the number of the first picture.
        last: the number behind that of the last picture.
        batch: how many pictures a batch has; pictures that don't fill one are dropped.
        shard: which of the shards to take, each of which is every `shards`-th number.
        shards: how many shards there are.
    """
    numbers = tf.data.Dataset.range(first, last).shard(shards, shard)
    drawn = numbers.map(render, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return drawn.batch(batch, drop_remainder=True).prefetch(2)
