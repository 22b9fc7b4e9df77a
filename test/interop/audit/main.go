// Verifies an audit log with golang.org/x/mod/sumdb/note and tlog, which know nothing of who wrote it.
//
//	audit log DIR KEY         its checkpoint, every tile that leads to an entry, and every entry
//	audit consistency DIR KEY the proof on standard input: {"before": N, "root": base64, "proof": [base64, …]}
//	audit proof FILE KEY      a proof of one entry, prints it
//	audit cosigned FILE KEYS  a checkpoint by the keys of log and witness, prints when it was cosigned
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(command, path, key string) error {
	switch command {
	case "log":
		return checkLog(path, key)
	case "consistency":
		return checkConsistency(path, key)
	case "cosigned":
		return checkCosigned(path, key)
	default:
		return checkProof(path, key)
	}
}

// tiles reads tlog-tiles' paths, which leave out the height that Go's have.
type tiles string

func (tiles) Height() int                     { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (dir tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := filepath.Join(string(dir), "tile", strings.TrimPrefix(tile.Path(), "tile/8/"))
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func openCheckpoint(text []byte, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func readCheckpoint(dir, key string) (tlog.Tree, error) {
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, err
	}
	return openCheckpoint(text, key)
}

func checkLog(dir, key string) error {
	tree, err := readCheckpoint(dir, key)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(tree, tiles(dir))
	var index int64
	for index < tree.N {
		width := min(256, tree.N-index)
		path := tlog.Tile{H: 8, L: 0, N: index / 256, W: int(width)}.Path()
		bundle, err := os.ReadFile(filepath.Join(dir, "tile/entries", strings.TrimPrefix(path, "tile/8/0/")))
		if err != nil {
			return err
		}
		var places []int64
		var leaves []tlog.Hash
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			leaves = append(leaves, tlog.RecordHash(bundle[2:2+length]))
			places = append(places, tlog.StoredHashIndex(0, index))
			bundle = bundle[2+length:]
			index++
		}
		stored, err := hashes.ReadHashes(places)
		if err != nil {
			return err
		}
		for at, leaf := range leaves {
			if stored[at] != leaf {
				return fmt.Errorf("entry %d differs from its tile", index-int64(len(leaves)-at))
			}
		}
	}
	if index != tree.N {
		return fmt.Errorf("%d entries of %d", index, tree.N)
	}
	for _, at := range []int64{0, tree.N / 3, tree.N - 1} {
		proof, err := tlog.ProveRecord(tree.N, at, hashes)
		if err != nil {
			return err
		}
		fmt.Println(strings.Join(encode(proof), " "))
	}
	return nil
}

func checkConsistency(dir, key string) error {
	tree, err := readCheckpoint(dir, key)
	if err != nil {
		return err
	}
	var given struct {
		Before int64
		Root   string
		Proof  []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	root, err := tlog.ParseHash(given.Root)
	if err != nil {
		return err
	}
	var proof tlog.TreeProof
	for _, text := range given.Proof {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, given.Before, root)
}

// cosigner is a note.Verifier of C2SP tlog-cosignature's Ed25519 keys (type 4), which sumdb/note leaves to its callers.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64
}

func newCosigner(vkey string) (*cosigner, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, fmt.Errorf("no key of a witness: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != id {
		return nil, fmt.Errorf("key id %s is not %08x", id, hash)
	}
	return &cosigner{name: name, hash: hash, key: key[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 72 {
		return false
	}
	c.time = binary.BigEndian.Uint64(signature)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", c.time, text)
	return ed25519.Verify(c.key, []byte(signed), signature[8:])
}

func checkCosigned(path, keys string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	logKey, witnessKey, _ := strings.Cut(keys, " ")
	if _, err := openCheckpoint(text, logKey); err != nil {
		return err
	}
	witness, err := newCosigner(witnessKey)
	if err != nil {
		return err
	}
	if _, err := note.Open(text, note.VerifierList(witness)); err != nil {
		return err
	}
	fmt.Println(witness.time)
	return nil
}

func checkProof(path, key string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	if !found {
		return fmt.Errorf("no checkpoint")
	}
	tree, err := openCheckpoint(checkpoint, key)
	if err != nil {
		return err
	}
	lines := strings.Split(string(head), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("not a proof: %s", lines[0])
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Println(string(entry))
	return nil
}

func encode(proof tlog.RecordProof) []string {
	var texts []string
	for _, hash := range proof {
		texts = append(texts, hash.String())
	}
	return texts
}
