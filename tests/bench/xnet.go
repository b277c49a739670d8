// A few lines around golang.org/x/net/webdav, for comparison.   xnet FOLDER ADDRESS
package main

import (
	"log"
	"net/http"
	"os"

	"golang.org/x/net/webdav"
)

func main() {
	handler := &webdav.Handler{FileSystem: webdav.Dir(os.Args[1]), LockSystem: webdav.NewMemLS()}
	log.Fatal(http.ListenAndServe(os.Args[2], handler))
}
