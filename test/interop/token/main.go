// An ordinary resource server, and the vectors of C2SP Wycheproof.
//
//	oracle verify METADATA-URL ISSUER AUDIENCE TIME < tokens, one a line
//	oracle vectors FILE
//
// It knows nothing of the diode: it reads the metadata of RFC 8414, takes jwks_uri from it, and hands tokens to
// github.com/golang-jwt/jwt/v5 with the keys that github.com/MicahParks/keyfunc/v3 fetched.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/c2sp/wycheproof"
	"github.com/golang-jwt/jwt/v5"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "vectors" {
		text, err := fs.ReadFile(wycheproof.TestVectors, os.Args[2])
		check(err)
		os.Stdout.Write(text)
		return
	}
	if len(os.Args) != 6 || os.Args[1] != "verify" {
		fmt.Fprintln(os.Stderr, "wrong usage")
		os.Exit(2)
	}
	metadataURL, issuer, audience := os.Args[2], os.Args[3], os.Args[4]
	now, err := time.Parse(time.RFC3339, os.Args[5])
	check(err)
	keys, err := keyfunc.NewDefault([]string{jwksURI(metadataURL, issuer)})
	check(err)
	options := []jwt.ParserOption{
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }),
		jwt.WithValidMethods([]string{"EdDSA", "ES256", "RS256", "PS256"}),
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		token, err := jwt.Parse(lines.Text(), keys.Keyfunc, options...)
		if err != nil {
			fmt.Println("refused", err)
			continue
		}
		subject, err := token.Claims.GetSubject()
		check(err)
		fmt.Println("accepted", subject)
	}
}

// RFC 8414 §3.3: the issuer in the metadata must be the one that was asked for.
func jwksURI(metadataURL, issuer string) string {
	response, err := http.Get(metadataURL)
	check(err)
	defer response.Body.Close()
	var metadata struct {
		Issuer  string `json:"issuer"`
		JwksURI string `json:"jwks_uri"`
	}
	check(json.NewDecoder(response.Body).Decode(&metadata))
	if response.StatusCode != http.StatusOK || metadata.Issuer != issuer {
		check(fmt.Errorf("%s is of %q", response.Status, metadata.Issuer))
	}
	return metadata.JwksURI
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
