"""Sends one mail with an attachment to the local mail server, with nothing but Python's standard library."""

import smtplib
import sys
from email.message import EmailMessage

port = int(sys.argv[1]) if len(sys.argv) > 1 else 1025

message = EmailMessage()
message["From"] = "Reports <reports@app.test>"
message["To"] = "Ada <ada@example.test>"
message["Subject"] = "Weekly report"
message.set_content("Hello Ada,\n\nthe report of this week is attached.\n")
message.add_attachment("day,parcels\nMonday,12\nTuesday,9\n", subtype="csv", filename="report.csv")

with smtplib.SMTP("127.0.0.1", port) as server:
    server.send_message(message)
print(f"Sent to 127.0.0.1:{port}")
