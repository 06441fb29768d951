// Sends requests with Java's HttpClient for `bambora-conformance --shim`: reads and writes one JSON object per line.

import java.io.*;
import java.net.*;
import java.net.http.*;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.IntFunction;
import java.util.regex.*;
import java.util.stream.*;
import javax.net.ssl.*;

class JavaHttpClientShim {
    public static void main(String[] arguments) throws Exception {
        // The first request, here to nowhere, takes so long that it would count against a timeout.
        reply("{\"url\":\"http://127.0.0.1:1\",\"method\":\"POST\",\"settings\":{\"connect_timeout\":9,\"total_timeout\":9}}");
        System.out.println("{\"ready\": true, \"keep\": true}");
        var input = new BufferedReader(new InputStreamReader(System.in));
        for (String call; (call = input.readLine()) != null; ) {
            System.out.println(reply(call));
        }
        System.exit(0);
    }

    static String reply(String call) throws Exception {
        var body = Base64.getDecoder().decode(field(call, "body"));
        var request = HttpRequest.newBuilder(URI.create(field(call, "url")));
        request.method(field(call, "method"), body.length > 0 ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody());
        // HttpClient writes the length itself.
        list(call, "headers", "\"(?!content-length)([^\"]*)\",\"([^\"]*)\"")
            .forEach(pair -> request.header(pair.group(1), pair.group(2)));
        // Of its own, since a client keeps connections for its next requests.
        var client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofMillis(milliseconds(call, "connect_timeout")))
            .sslContext(trusting(list(call, "root_certificates", "[^\",]+").map(MatchResult::group).toList()))
            .build();
        try {
            // The timeout of a request ends with the response's head.
            return client.sendAsync(request.build(), BodyHandlers.ofInputStream())
                .thenApplyAsync(response -> read(response, Integer.parseInt(field(call, "body_limit"))))
                .get(milliseconds(call, "total_timeout"), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException error) {
            var cause = error.getCause();
            var notSent = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException
                || cause instanceof SSLHandshakeException;
            var failure = notSent ? "not_sent" : "unknown";
            return String.format("{\"failure\": \"%s\", \"reason\": %s}", failure, quoted(error.toString()));
        }
    }

    static String read(HttpResponse<InputStream> response, int limit) {
        try (var stream = response.body()) {
            var body = stream.readNBytes(limit + 1);
            if (body.length > limit) {
                throw new IOException("the body is longer than the limit");
            }
            var headers = response.headers().map().entrySet().stream().flatMap(header -> header.getValue().stream()
                .map(value -> "[" + quoted(header.getKey()) + ", " + quoted(value) + "]"));
            return String.format("{\"status\": %d, \"headers\": [%s], \"body\": \"%s\"}", response.statusCode(),
                headers.collect(Collectors.joining(", ")), Base64.getEncoder().encodeToString(body));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    static SSLContext trusting(List<String> certificates) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        for (var certificate : certificates) {
            var der = new ByteArrayInputStream(Base64.getDecoder().decode(certificate));
            store.setCertificateEntry(certificate, CertificateFactory.getInstance("X.509").generateCertificate(der));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    // Java has no JSON. This much of it is enough for what the kit writes.

    static String find(String call, String pattern) {
        var matcher = Pattern.compile(pattern).matcher(call);
        return matcher.find() ? matcher.group(1) : "";
    }

    static String field(String call, String name) {
        return find(call, "\"" + name + "\":\"?([^\",}]*)");
    }

    static long milliseconds(String call, String name) {
        return (long) (Double.parseDouble(field(call, name)) * 1000);
    }

    static Stream<MatchResult> list(String call, String name, String item) {
        return Pattern.compile(item).matcher(find(call, "\"" + name + "\":\\[(.*?)\\](?=,\"|\\})")).results();
    }

    static String quoted(String text) {
        IntFunction<String> escaped = c -> c < ' ' || c > '~' || c == '"' || c == '\\' ? String.format("\\u%04x", c) : "" + (char) c;
        return text.chars().mapToObj(escaped).collect(Collectors.joining("", "\"", "\""));
    }
}
