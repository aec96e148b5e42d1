"""Trees, proofs and their refusals, by the vectors of RFC 6962's reference implementation and by brute force."""

from __future__ import annotations

import random
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.evidence import merkle

# certificate-transparency's merkle_tree_test: eight leaves and the head after each
LEAVES = [bytes.fromhex(x) for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def tree(leaves: list[bytes]) -> merkle.Node:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return merkle.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


def test_heads_are_those_of_the_reference_implementation() -> None:
    frontier = merkle.Frontier()
    for size, head in enumerate(ROOTS, 1):
        frontier.append(merkle.leaf_hash(LEAVES[size - 1]))
        assert merkle.root(size, tree(LEAVES)).hex() == frontier.root().hex() == head
    assert merkle.root(0, tree([])) == merkle.Frontier().root() == sha256(b"").digest()


def test_audit_paths_are_those_of_the_reference_implementation() -> None:
    found = [h.hex() for h in merkle.inclusion(5, 8, tree(LEAVES))]
    assert found == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_consistency_proofs_are_those_of_the_reference_implementation() -> None:
    assert [h.hex() for h in merkle.consistency(6, 8, tree(LEAVES))] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.integers(1, 70), st.randoms())
def test_every_leaf_is_proved_and_no_other_value_is(size: int, chance: random.Random) -> None:
    leaves = [bytes([n]) for n in range(size)]
    node, head = tree(leaves), merkle.root(size, tree(leaves))
    for index in range(size):
        path = merkle.inclusion(index, size, node)
        assert merkle.root_of_inclusion(index, size, merkle.leaf_hash(leaves[index]), path) == head
        assert merkle.root_of_inclusion(index, size, merkle.leaf_hash(b"other"), path) != head
        if path:
            spoilt = list(path)
            spoilt[chance.randrange(len(path))] = chance.randbytes(32)
            assert merkle.root_of_inclusion(index, size, merkle.leaf_hash(leaves[index]), spoilt) != head
            with pytest.raises(ValueError, match="too"):
                merkle.root_of_inclusion(index, size, merkle.leaf_hash(leaves[index]), path[:-1])
        with pytest.raises(ValueError, match="too long"):
            merkle.root_of_inclusion(index, size, merkle.leaf_hash(leaves[index]), [*path, b"x" * 32])


@given(st.integers(1, 70), st.integers(1, 70), st.randoms())
def test_a_tree_that_only_grew_is_consistent_and_a_rewritten_one_is_not(a: int, b: int, chance: random.Random) -> None:
    old, new = sorted((a, b))
    leaves = [bytes([n]) for n in range(new)]
    node = tree(leaves)
    path = merkle.consistency(old, new, node)
    heads = merkle.root(old, node), merkle.root(new, node)
    assert merkle.is_consistent(old, new, *heads, path)
    rewritten = list(leaves)
    rewritten[chance.randrange(old)] = b"rewritten"
    other = tree(rewritten)
    assert not merkle.is_consistent(old, new, heads[0], merkle.root(new, other), merkle.consistency(old, new, other))
    assert not merkle.is_consistent(old, new, *heads, [*path, b"x" * 32])


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8, 100, 255, 256, 257])
def test_a_frontier_goes_on_where_another_left_off(size: int) -> None:
    leaves = [str(n).encode() for n in range(size + 5)]
    node = tree(leaves)
    frontier = merkle.Frontier(size, node)
    assert frontier.root() == merkle.root(size, node)
    list(frontier.extend(merkle.leaf_hash(leaf) for leaf in leaves[size:]))
    assert frontier.root() == merkle.root(size + 5, node)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_of_what_the_tree_does_not_hold(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion(index, size, tree(LEAVES))
    with pytest.raises(ValueError, match="beginning"):
        merkle.consistency(size + 1, size, tree(LEAVES))
