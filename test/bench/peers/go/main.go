// Go's net/http with what of the workloads its standard library can do; websocket.go adds what that has not.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"
)

type message struct {
	Message string `json:"message"`
}

func plaintext(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "Hello, World!")
}

func answerJSON(w http.ResponseWriter, _ *http.Request) {
	body, _ := json.Marshal(message{"Hello, World!"})
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

func echo(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength < 0 {
		w.WriteHeader(http.StatusLengthRequired)
		return
	}
	body := make([]byte, r.ContentLength) // io.ReadAll would grow and copy it
	if _, err := io.ReadFull(r.Body, body); err != nil {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.Write(body)
}

// The last of /rN/{group}/items/{item}.
func parameters(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, parts[len(parts)-1])
}

// Sends what is published to all who listen.
type channel struct {
	mutex     sync.Mutex
	listeners map[chan []byte]bool
}

func (c *channel) publish(event []byte) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for listener := range c.listeners {
		select {
		case listener <- event:
		default:
		}
	}
}

func (c *channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	events := make(chan []byte, 256)
	c.mutex.Lock()
	c.listeners[events] = true
	c.mutex.Unlock()
	defer func() {
		c.mutex.Lock()
		delete(c.listeners, events)
		c.mutex.Unlock()
	}()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case event := <-events:
			w.Write(event)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}

// Routes of files that need more than the standard library.
var extra = map[string]http.HandlerFunc{}

func main() {
	port := flag.Int("port", 0, "plaintext")
	tlsPort := flag.Int("tls-port", 0, "TLS")
	certificate := flag.String("certificate", "", "PEM")
	key := flag.String("key", "", "PEM")
	files := flag.String("files", ".", "below /static/")
	routes := flag.Int("routes", 300, "with parameters")
	flag.Parse()

	fanOut := &channel{listeners: map[chan []byte]bool{}}
	go func() {
		for number := 1; ; number++ {
			time.Sleep(50 * time.Millisecond)
			fanOut.publish([]byte(fmt.Sprintf("id: %d\ndata: 0123456789abcdef0123456789abcdef\n\n", number)))
		}
	}()

	mux := http.NewServeMux()
	mux.HandleFunc("/plaintext", plaintext)
	mux.HandleFunc("/json", answerJSON)
	mux.HandleFunc("/echo", echo)
	mux.Handle("/fan-out", fanOut)
	mux.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir(*files))))
	for path, handler := range extra {
		mux.HandleFunc(path, handler)
	}
	for i := 0; i < *routes; i++ {
		mux.HandleFunc(fmt.Sprintf("/r%d/", i), parameters)
	}
	go func() {
		log.Fatal(http.ListenAndServeTLS(fmt.Sprintf("127.0.0.1:%d", *tlsPort), *certificate, *key, mux))
	}()
	log.Fatal(http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", *port), mux))
}
