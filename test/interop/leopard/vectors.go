package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const sourceRule = "The source symbols, end to end, are the first sourceCount * symbolBytes bytes of the SHA-256 " +
	"digests of the ASCII strings fec/k/M/symbolBytes/n for n = 0, 1, 2, ... (k sourceCount, M repairCapacity, " +
	"numbers in decimal)."

type vectorFile struct {
	About      string   `json:"about"`
	Generator  string   `json:"generator"`
	SourceRule string   `json:"sourceRule"`
	Cases      []vector `json:"cases"`
}

// vector has either the symbols themselves, in hex, or their digests.
type vector struct {
	SourceCount    int      `json:"sourceCount"`
	RepairCapacity int      `json:"repairCapacity"`
	SymbolBytes    int      `json:"symbolBytes"`
	Source         []string `json:"source,omitempty"`
	Repair         []string `json:"repair,omitempty"`
	SourceSha256   string   `json:"sourceSha256,omitempty"`
	RepairSha256   string   `json:"repairSha256,omitempty"`
	Received       [][]int  `json:"received"`
}

// geometries has one of every class: repair beyond source, punctured, wide, balanced. M is the power of two
// above the repair symbols sent: 3/5, 100/10 and 192/50 send 5 of 8, 10 of 16 and 50 of 64.
var geometries = [][2]int{{1, 2}, {2, 8}, {3, 8}, {100, 16}, {192, 64}, {240, 16}, {128, 128}}

func writeVectors(dir string) error {
	var small, large []vector
	for _, geometry := range geometries {
		for _, symbolBytes := range []int{64, 1408, 8960} {
			b, err := encoded(geometry[0], geometry[1], symbolBytes)
			if err != nil {
				return err
			}
			v, err := describe(b, symbolBytes)
			if err != nil {
				return err
			}
			source, repair := b.Symbols[:b.SourceCount], b.Symbols[b.SourceCount:]
			if symbolBytes == 64 {
				v.Source, v.Repair = hexOf(source), hexOf(repair)
				small = append(small, v)
			} else {
				v.SourceSha256, v.RepairSha256 = digestOf(source), digestOf(repair)
				large = append(large, v)
			}
		}
	}
	return errors.Join(
		write(filepath.Join(dir, "blocks.json"), "Blocks in full: source and all M repair symbols in hex.", small),
		write(filepath.Join(dir, "block-digests.json"), "Link-sized blocks: SHA-256 of the symbols end to end.", large),
	)
}

func encoded(sourceCount, repairCapacity, symbolBytes int) (block, error) {
	b := block{SourceCount: sourceCount, RepairCapacity: repairCapacity}
	var stream []byte
	for n := 0; len(stream) < sourceCount*symbolBytes; n++ {
		digest := sha256.Sum256(fmt.Appendf(nil, "fec/%d/%d/%d/%d", sourceCount, repairCapacity, symbolBytes, n))
		stream = append(stream, digest[:]...)
	}
	b.Symbols = make([][]byte, sourceCount+repairCapacity)
	for i := range sourceCount {
		b.Symbols[i] = stream[i*symbolBytes : (i+1)*symbolBytes : (i+1)*symbolBytes]
	}
	return b, complete(&b)
}

// describe chooses two sets of k positions to decode from, and makes sure that the oracle itself can: the last
// ones, which loses all the source that can be lost, and a scattered set.
func describe(b block, symbolBytes int) (vector, error) {
	total := len(b.Symbols)
	last := make([]int, 0, b.SourceCount)
	for position := total - b.SourceCount; position < total; position++ {
		last = append(last, position)
	}
	v := vector{
		SourceCount: b.SourceCount, RepairCapacity: b.RepairCapacity, SymbolBytes: symbolBytes,
		Received: [][]int{last, scattered(b.SourceCount, total)},
	}
	for _, received := range v.Received {
		some := block{SourceCount: b.SourceCount, RepairCapacity: b.RepairCapacity, Symbols: make([][]byte, total)}
		for _, position := range received {
			some.Symbols[position] = b.Symbols[position]
		}
		if err := complete(&some); err != nil {
			return v, err
		}
		if digestOf(some.Symbols) != digestOf(b.Symbols) {
			return v, fmt.Errorf("k=%d M=%d: reconstructed other symbols", b.SourceCount, b.RepairCapacity)
		}
	}
	return v, nil
}

// scattered is count of the total positions, those of the smallest SHA-256.
func scattered(count, total int) []int {
	positions := make([]int, total)
	for i := range positions {
		positions[i] = i
	}
	slices.SortFunc(positions, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	positions = positions[:count]
	slices.Sort(positions)
	return positions
}

func rank(position int) string {
	digest := sha256.Sum256(fmt.Appendf(nil, "position/%d", position))
	return string(digest[:])
}

func hexOf(symbols [][]byte) []string {
	texts := make([]string, len(symbols))
	for i, symbol := range symbols {
		texts[i] = hex.EncodeToString(symbol)
	}
	return texts
}

func digestOf(symbols [][]byte) string {
	digest := sha256.Sum256(bytes.Join(symbols, nil))
	return hex.EncodeToString(digest[:])
}

// write puts one case on a line, so that a difference shows its case.
func write(path, about string, vectors []vector) error {
	file := vectorFile{
		About: about + " received lists sets of k positions, 0..k-1 source and k..k+M-1 repair, that must decode " +
			"to the source.",
		Generator:  "test/interop/leopard: github.com/klauspost/reedsolomon v1.14.2, WithLeopardGF(true)",
		SourceRule: sourceRule,
	}
	header, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	lines := make([]string, len(vectors))
	for i, v := range vectors {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		lines[i] = "    " + string(line)
	}
	text := strings.Replace(string(header), `"cases": null`, "\"cases\": [\n"+strings.Join(lines, ",\n")+"\n  ]", 1)
	return os.WriteFile(path, []byte(text+"\n"), 0o644)
}
