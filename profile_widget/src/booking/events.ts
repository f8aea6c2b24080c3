/** Server-sent events, read by hand: an `EventSource` can't say in which language it reads. */

/** What each event of an answer carries, parsed. Throws when the stream breaks. */
export async function* eventsIn<T>({ ok, body }: Response): AsyncGenerator<T> {
  if (!ok || !body) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true }).replaceAll("\r", "");
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = event.split("\n").filter((line) => line.startsWith("data:"));
        if (data.length) yield JSON.parse(data.map((line) => line.slice(5)).join("\n")) as T;
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
