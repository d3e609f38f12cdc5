"""The published SDK `livepeer-ai`, unmodified, against a gateway.

Usage: ai_client.py GATEWAY_URL PICTURE SOUND. Prints what it made of the answers as one line of JSON.
"""

import json
import sys

from livepeer_ai import Livepeer
from livepeer_ai.models import errors


def main(gateway: str, picture: str, sound: str) -> dict:
    def image() -> dict:
        with open(picture, "rb") as file:
            return {"file_name": "p.png", "content": file.read()}

    def audio() -> dict:
        with open(sound, "rb") as file:
            return {"file_name": "s.wav", "content": file.read()}

    say = {"messages": [{"role": "user", "content": "hi"}], "model": "m", "stream": False}
    with Livepeer(http_bearer="any", server_url=gateway) as sdk:
        generate = sdk.generate
        seen = {
            "textToImage": generate.text_to_image(request={"prompt": "a heart", "model_id": "m"}).image_response,
            "imageToImage": generate.image_to_image(
                request={"prompt": "a heart", "image": image(), "model_id": "m"}
            ).image_response,
            "upscale": generate.upscale(request={"prompt": "", "image": image(), "model_id": "m"}).image_response,
            "imageToVideo": generate.image_to_video(request={"image": image(), "model_id": "m"}).video_response,
            "audioToText": generate.audio_to_text(request={"audio": audio(), "model_id": "m"}).text_response,
            "imageToText": generate.image_to_text(request={"image": image(), "model_id": "m"}).image_to_text_response,
            "segmentAnything2": generate.segment_anything2(
                request={"image": image(), "model_id": "m"}
            ).masks_response,
            "textToSpeech": generate.text_to_speech(request={"text": "hello", "model_id": "m"}).audio_response,
            "llm": generate.llm(request=say).llm_response,
        }
        refusals = {}
        try:
            generate.text_to_image(request={"prompt": "bad", "model_id": "m"})
        except errors.HTTPError as error:
            refusals["refused"] = error.data.detail.msg
        try:
            generate.text_to_image(request={"prompt": "a heart", "model_id": "nobody"})
        except errors.SDKError as error:
            refusals["nobody"] = error.status_code
    return {"answers": {name: json.loads(answer.model_dump_json()) for name, answer in seen.items()}, "refusals": refusals}


print(json.dumps(main(*sys.argv[1:])))
