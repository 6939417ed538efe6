(* Enclosures of real numbers by intervals that are computed with integers alone.

   The arithmetic is that of Coq-Interval on the standard library's integers. The tactic `interval` computes with the
   machine's numbers, and its proofs then rest on axioms about them; with integers no axiom is added to those of the
   reals. `enc p` below is the only link between an interval that is computed and the real number it stands for. *)

From Coq Require Import Reals ZArith QArith Qreals List Lra.
From Interval.Float Require Import Basic Specific_stdz Specific_ops.
From Interval.Interval Require Import Interval Float Float_full.
From Interval.Real Require Import Xreal.
Import ListNotations.
Local Open Scope R_scope.

Module F := SpecificFloat StdZRadix2.
Module I := FloatIntervalFull F.

Definition enc (i : I.type) (r : R) : Prop := contains (I.convert i) (Xreal r).

Fixpoint rsum {A : Type} (g : A -> R) (l : list A) : R :=
  match l with [] => 0 | a :: rest => g a + rsum g rest end.

Section Precision.
Variable p : F.precision.

Definition iz (z : Z) : I.type := I.fromZ p z.
Definition iq (q : Q) : I.type := I.div p (iz (Qnum q)) (iz (Zpos (Qden q))).

Lemma enc_z (z : Z) : enc (iz z) (IZR z).
Proof. apply I.fromZ_correct. Qed.

Lemma enc_add i j r s : enc i r -> enc j s -> enc (I.add p i j) (r + s).
Proof. exact (I.add_correct p i j (Xreal r) (Xreal s)). Qed.

Lemma enc_sub i j r s : enc i r -> enc j s -> enc (I.sub p i j) (r - s).
Proof. exact (I.sub_correct p i j (Xreal r) (Xreal s)). Qed.

Lemma enc_mul i j r s : enc i r -> enc j s -> enc (I.mul p i j) (r * s).
Proof. exact (I.mul_correct p i j (Xreal r) (Xreal s)). Qed.

Lemma enc_sqr i r : enc i r -> enc (I.sqr p i) (r * r).
Proof. exact (I.sqr_correct p i (Xreal r)). Qed.

Lemma enc_abs i r : enc i r -> enc (I.abs i) (Rabs r).
Proof. exact (I.abs_correct i (Xreal r)). Qed.

Lemma enc_neg i r : enc i r -> enc (I.neg i) (- r).
Proof. exact (I.neg_correct i (Xreal r)). Qed.

Lemma enc_exp i r : enc i r -> enc (I.exp p i) (exp r).
Proof. exact (I.exp_correct p i (Xreal r)). Qed.

Lemma enc_sqrt i r : enc i r -> enc (I.sqrt p i) (sqrt r).
Proof. exact (I.sqrt_correct p i (Xreal r)). Qed.

Lemma enc_join i j a b x : enc i a -> enc j b -> a <= x <= b -> enc (I.join i j) x.
Proof.
  intros hi hj. apply (contains_connected (I.convert (I.join i j)) a b).
  - apply I.join_correct. now left.
  - apply I.join_correct. now right.
Qed.

Lemma enc_div i j r s : s <> 0 -> enc i r -> enc j s -> enc (I.div p i j) (r / s).
Proof.
  intros nonzero hi hj. unfold enc. generalize (I.div_correct p i j (Xreal r) (Xreal s) hi hj).
  cbn. unfold Xdiv'. now rewrite is_zero_false.
Qed.

Lemma enc_q (q : Q) : enc (iq q) (Q2R q).
Proof. apply enc_div; try apply enc_z. apply IZR_neq. discriminate. Qed.

Definition is_nonneg (i : I.type) : bool :=
  match I.sign_large i with Xgt | Xeq => true | _ => false end.

Lemma is_nonneg_sound i r : is_nonneg i = true -> enc i r -> 0 <= r.
Proof.
  unfold is_nonneg. generalize (I.sign_large_correct i). destruct (I.sign_large i); intros sign yes h; try discriminate.
  - specialize (sign _ h). injection sign as ->. lra.
  - exact (proj2 (sign _ h)).
Qed.

Definition isum {A : Type} (f : A -> I.type) (l : list A) : I.type :=
  fold_right (fun a total => I.add p (f a) total) (iz 0) l.

Lemma enc_sum {A : Type} (f : A -> I.type) (g : A -> R) (l : list A) :
  (forall a, In a l -> enc (f a) (g a)) -> enc (isum f l) (rsum g l).
Proof.
  induction l as [|a l IH]; intros each; [apply enc_z|].
  apply enc_add; [apply each; now left|apply IH; intros; apply each; now right].
Qed.

End Precision.

Lemma rsum_plus {A : Type} (f g : A -> R) l : rsum (fun a => f a + g a) l = rsum f l + rsum g l.
Proof. induction l as [|a l IH]; simpl; [lra|rewrite IH; lra]. Qed.

Lemma rsum_times {A : Type} (c : R) (f : A -> R) l : rsum (fun a => c * f a) l = c * rsum f l.
Proof. induction l as [|a l IH]; simpl; [lra|rewrite IH; lra]. Qed.

Lemma rsum_ext {A : Type} (f g : A -> R) l : (forall a, f a = g a) -> rsum f l = rsum g l.
Proof. intros same. induction l as [|a l IH]; simpl; [lra|rewrite IH, same; lra]. Qed.

Lemma rsum_le {A : Type} (f g : A -> R) l : (forall a, f a <= g a) -> rsum f l <= rsum g l.
Proof. intros below. induction l as [|a l IH]; simpl; [lra|specialize (below a); lra]. Qed.

Lemma rsum_map {A B : Type} (g : B -> R) (h : A -> B) l : rsum g (map h l) = rsum (fun a => g (h a)) l.
Proof. induction l as [|a l IH]; simpl; [lra|rewrite IH; lra]. Qed.
