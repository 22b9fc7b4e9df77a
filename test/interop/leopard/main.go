// Command leopard answers for the FEC code with an implementation that is not ours:
// github.com/klauspost/reedsolomon, Leopard over GF(2^8).
//
//	leopard answer         requests on standard input, answers on standard output, one JSON object a line
//	leopard vectors DIR    writes the vectors into DIR
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/reedsolomon"
)

// block is a request and an answer. Symbols are indexed by position, 0..k-1 source and k..k+M-1 repair, in
// base64; null is a missing one.
type block struct {
	SourceCount    int      `json:"sourceCount"`
	RepairCapacity int      `json:"repairCapacity"`
	Symbols        [][]byte `json:"symbols"`
	Error          string   `json:"error,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "leopard:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "answer":
		return answerAll(os.Stdin, os.Stdout)
	case len(args) == 2 && args[0] == "vectors":
		return writeVectors(args[1])
	}
	return errors.New("usage: leopard answer | leopard vectors DIR")
}

// answerAll completes every block it reads: all k+M symbols from any k of them.
func answerAll(in io.Reader, out io.Writer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var b block
		if err := requests.Decode(&b); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := complete(&b); err != nil {
			b = block{Error: err.Error()}
		}
		if err := answers.Encode(b); err != nil {
			return err
		}
	}
}

// complete fills in the missing symbols. With all source present and all repair missing it encodes; with any
// other loss it reconstructs.
func complete(b *block) error {
	code, err := reedsolomon.New(b.SourceCount, b.RepairCapacity, reedsolomon.WithLeopardGF(true))
	if err != nil {
		return err
	}
	if !onlySource(b) {
		return code.Reconstruct(b.Symbols)
	}
	for position := b.SourceCount; position < len(b.Symbols); position++ {
		b.Symbols[position] = make([]byte, len(b.Symbols[0]))
	}
	return code.Encode(b.Symbols)
}

func onlySource(b *block) bool {
	for position, symbol := range b.Symbols {
		if (symbol != nil) != (position < b.SourceCount) {
			return false
		}
	}
	return true
}
