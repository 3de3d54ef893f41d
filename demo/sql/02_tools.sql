\echo '-- Three kinds of work. Each is one row: how it is done, and what happens when nobody knows whether it was done.'
\o /dev/null
select steward.define_tool('carousel', '{
    "title": "LinkedIn carousel", "executor": "http", "provider": "ai", "adapter": "openai_chat",
    "request": {"body": {
        "model": "{{ payload.model }}",
        "messages": [
            {"role": "system", "content": "You write LinkedIn carousels. Your reader: {{ payload.persona }}."},
            {"role": "user", "content": "Topic: {{ payload.topic }}. Write {{ payload.slides }} slides."}],
        "max_completion_tokens": 2000,
        "response_format": {"type": "json_schema", "json_schema": {"name": "carousel", "strict": true, "schema": {
            "type": "object", "additionalProperties": false, "required": ["title", "slides", "caption", "hashtags"],
            "properties": {
                "title": {"type": "string"},
                "slides": {
                    "type": "array", "minItems": {"$ref": "/payload/slides"}, "maxItems": {"$ref": "/payload/slides"},
                    "items": {
                        "type": "object", "additionalProperties": false, "required": ["headline", "text"],
                        "properties": {"headline": {"type": "string"}, "text": {"type": "string"}}}},
                "caption": {"type": "string"},
                "hashtags": {"type": "array", "minItems": 3, "maxItems": 5, "items": {"type": "string"}}}}}}}},
    "response": {"format": "json"},
    "payload_schema": {
        "type": "object", "additionalProperties": false, "required": ["topic", "persona", "slides", "model"],
        "properties": {
            "topic": {"type": "string", "minLength": 3}, "persona": {"type": "string"},
            "slides": {"type": "integer", "minimum": 3, "maximum": 10}, "model": {"type": "string"}}},
    "result_schema": {
        "type": "object", "required": ["title", "slides"],
        "properties": {"slides": {"type": "array", "minItems": 3}}},
    "timeout_seconds": 60, "concurrency": 2, "backoff": {"base_seconds": 1, "max_seconds": 30},
    "on_lost": "retry", "realtime": true}');

select steward.define_tool('enrich_leads', '{
    "title": "Lead enrichment", "executor": "script", "request": {"command": "enrich"},
    "payload_schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}}},
    "timeout_seconds": 120, "backoff": {"base_seconds": 1, "max_seconds": 30},
    "on_lost": "retry", "realtime": true}');

\echo
\echo '-- An invitation reaches a person, so a call whose end is unknown is never repeated on its own.'
select steward.define_tool('send_invite', '{
    "title": "Webinar invitation", "executor": "http", "provider": "mail", "adapter": "http_json",
    "request": {
        "path": "/v1/echo", "query": {"model": "{{ payload.gateway }}"},
        "body": {"to": "{{ payload.to }}", "subject": "You are invited: {{ payload.webinar }}"}},
    "response": {"result": {"receipt": "/id"}},
    "timeout_seconds": 120, "effect": "external", "on_lost": "in_doubt", "realtime": true}');
\o
