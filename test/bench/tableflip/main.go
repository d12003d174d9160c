// The pages that the load of test/bench/upgrade asks for, by Go's net/http with upgrades by tableflip, as
// its documentation shows them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cloudflare/tableflip"
)

const pattern = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+\n"

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.URL.Query().Get(name))
	return n
}

func download(w http.ResponseWriter, r *http.Request) {
	bytes, chunk, delay := number(r, "bytes"), number(r, "chunk"), number(r, "delay")
	w.Header().Set("Content-Length", strconv.Itoa(bytes))
	text := strings.Repeat(pattern, bytes/len(pattern)+1)[:bytes]
	for len(text) > 0 {
		if chunk <= 0 || chunk > len(text) {
			chunk = len(text)
		}
		io.WriteString(w, text[:chunk])
		text = text[chunk:]
		if delay > 0 && len(text) > 0 {
			w.(http.Flusher).Flush()
			time.Sleep(time.Duration(delay) * time.Millisecond)
		}
	}
}

func pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/plaintext", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, World!") })
	mux.HandleFunc("/users/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "{\"id\":%s}", strings.TrimPrefix(r.URL.Path, "/users/"))
	})
	mux.HandleFunc("/sleep", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Duration(number(r, "ms")) * time.Millisecond)
		fmt.Fprintf(w, "slept %d", number(r, "ms"))
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Write(body)
	})
	mux.HandleFunc("/download", download)
	return mux
}

func main() {
	address := flag.String("listen", "127.0.0.1:8080", "address")
	pidFile := flag.String("pid", "", "file for the pid")
	flag.Parse()

	upgrader, err := tableflip.New(tableflip.Options{PIDFile: *pidFile})
	if err != nil {
		log.Fatal(err)
	}
	defer upgrader.Stop()
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGUSR2)
		for range signals {
			if err := upgrader.Upgrade(); err != nil {
				log.Println("upgrade failed:", err)
			}
		}
	}()

	listener, err := upgrader.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	server := http.Server{Handler: pages()}
	go func() {
		if err := server.Serve(listener); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	if err := upgrader.Ready(); err != nil {
		log.Fatal(err)
	}
	<-upgrader.Exit()

	bound, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	server.Shutdown(bound)
}
